"""The addresses below ``/mait/``."""

from django.urls import path

from referrals.mait.view import IncidentView, MessagesView

urlpatterns = [
    path("messages/", MessagesView.as_view(), name="mait-messages"),
    path("incidents/<uuid:pk>/", IncidentView.as_view(), name="mait-incident"),
]
