"""The addresses below ``/fhir/``, which end without a slash."""

from django.urls import path

from referrals.fhir.capability import MetadataView
from referrals.fhir.looking import ReadView, SearchView
from referrals.fhir.processing import MessageView

urlpatterns = [
    path("metadata", MetadataView.as_view(), name="fhir-metadata"),
    path("$process-message", MessageView.as_view(), name="fhir-message"),
    path("ServiceRequest", SearchView.as_view(kind="ServiceRequest"), name="fhir-requests"),
    path("ServiceRequest/<str:pk>", ReadView.as_view(kind="ServiceRequest"), name="fhir-request"),
    path("Task", SearchView.as_view(kind="Task"), name="fhir-tasks"),
    path("Task/<str:pk>", ReadView.as_view(kind="Task"), name="fhir-task"),
]
