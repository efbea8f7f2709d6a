"""Every address of the API, below ``/api/v1/``."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from referrals.api.arrival import ArrivalView, ArrivedView
from referrals.api.attachment import (
    AttachmentContentView,
    AttachmentView,
    CaseFilesView,
    MissingFilesView,
    WithdrawalView,
)
from referrals.api.case import CaseViewSet
from referrals.api.claim import ClaimView
from referrals.api.client import ClientViewSet
from referrals.api.contact import ContactView
from referrals.api.detention import DetentionViewSet, MilestonesView, OfficersView
from referrals.api.document import DocsView, SchemaView
from referrals.api.event import EventView
from referrals.api.export import ExportView
from referrals.api.guides import GuideView
from referrals.api.identity import PersonView
from referrals.api.importing import ImportView
from referrals.api.information import InformationView
from referrals.api.missing import ChecklistView, EpisodesView, MissingViewSet, SightingView, UnlinkView
from referrals.api.problem import ProblemsView, ProblemView
from referrals.api.referral import ReferralViewSet
from referrals.api.report import ReportsView, ReportView
from referrals.api.risk import RiskView
from referrals.api.sandbox import AdvanceView
from referrals.api.support import AttemptView, CallBacksView, CaseSupportView, SupportView
from referrals.api.taking import DemandsView, ReleaseView, TakeView, TickView
from referrals.api.teams import routes
from referrals.api.threshold import ObjectionView, ReopenView, ThresholdViewSet
from referrals.api.threshold_policy import PolicyViewSet
from referrals.api.webhook import WebhookViewSet

directory = SimpleRouter()
for prefix, viewset in routes:
    directory.register(prefix, viewset, basename=prefix)

referrals = ReferralViewSet.as_view
cases = CaseViewSet.as_view
thresholds = ThresholdViewSet.as_view
policies = PolicyViewSet.as_view
webhooks = WebhookViewSet.as_view
clients = ClientViewSet.as_view
ONE_WEBHOOK = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
detentions = DetentionViewSet.as_view
missing = MissingViewSet.as_view

urlpatterns = [
    *directory.urls,
    path("threshold-decisions/", thresholds({"get": "list", "post": "create"}), name="threshold-decisions"),
    path("threshold-decisions/<uuid:pk>/", thresholds({"get": "retrieve"}), name="threshold-decision"),
    path("threshold-decisions/<uuid:pk>/review/", thresholds({"post": "review"}), name="threshold-review"),
    path("threshold-decisions/<uuid:pk>/disagreement/", ObjectionView.as_view(), name="threshold-disagree"),
    path("threshold-decisions/<uuid:pk>/reopen/", ReopenView.as_view(), name="threshold-reopen"),
    path("threshold-policies/", policies({"get": "list", "post": "create"}), name="threshold-policies"),
    path("threshold-policies/<int:pk>/go-live/", policies({"post": "go_live"}), name="threshold-go-live"),
    path("referrals/", referrals({"get": "list", "post": "create"}), name="referrals"),
    path("referrals/export/", ExportView.as_view(), name="referral-export"),
    path("referrals/import/", ImportView.as_view(), name="referral-import"),
    path("referrals/<uuid:pk>/", referrals({"get": "retrieve"}), name="referral"),
    path("referrals/<uuid:pk>/timeline/", referrals({"get": "timeline"}), name="referral-timeline"),
    path("referrals/<uuid:pk>/moves/", referrals({"post": "moves"}), name="referral-moves"),
    path("referrals/<uuid:pk>/risk/", RiskView.as_view(), name="referral-risk"),
    path("referrals/<uuid:pk>/information/", InformationView.as_view(), name="referral-information"),
    path("referrals/<uuid:pk>/contacts/", ContactView.as_view(), name="referral-contacts"),
    path("referrals/<uuid:pk>/support/", SupportView.as_view(), name="support"),
    path("referrals/<uuid:pk>/claimed-acceptance/", ClaimView.as_view(), name="referral-claim"),
    path("referrals/<uuid:pk>/clocks/<slug:kind>/take/", TakeView.as_view(), name="clock-take"),
    path("referrals/<uuid:pk>/clocks/<slug:kind>/release/", ReleaseView.as_view(), name="clock-release"),
    path("referrals/<uuid:pk>/demands/", DemandsView.as_view(), name="demands"),
    path("referrals/<uuid:pk>/demands/<int:demand>/tick/", TickView.as_view(), name="demand-tick"),
    path("referrals/<uuid:pk>/arrival/", ArrivalView.as_view(), name="arrival"),
    path("referrals/<uuid:pk>/arrived/", ArrivedView.as_view(), name="arrived"),
    path("cases/", cases({"get": "list"}), name="cases"),
    path("cases/<str:reference>/", cases({"get": "retrieve"}), name="case"),
    path("cases/<str:reference>/timeline/", cases({"get": "timeline"}), name="case-timeline"),
    path("cases/<str:reference>/accountability/", cases({"get": "accountability"}), name="accountability"),
    path("cases/<str:reference>/person/", PersonView.as_view(), name="case-person"),
    path("cases/<str:reference>/support/", CaseSupportView.as_view(), name="case-support"),
    path("cases/<str:reference>/call-backs/", CallBacksView.as_view(), name="call-backs"),
    path("call-backs/<uuid:pk>/attempts/", AttemptView.as_view(), name="call-back-attempts"),
    path("cases/<str:reference>/attachments/", CaseFilesView.as_view(), name="case-attachments"),
    path("missing-reports/<uuid:pk>/attachments/", MissingFilesView.as_view(), name="missing-attachments"),
    path("attachments/<uuid:pk>/", AttachmentView.as_view(), name="attachment"),
    path("attachments/<uuid:pk>/content/", AttachmentContentView.as_view(), name="attachment-content"),
    path("attachments/<uuid:pk>/withdrawal/", WithdrawalView.as_view(), name="attachment-withdrawal"),
    path("cases/<str:reference>/moves/", cases({"post": "moves"}), name="case-moves"),
    # missing patients
    path("missing-reports/", missing({"get": "list", "post": "create"}), name="missing-reports"),
    path(
        "missing-reports/<uuid:pk>/",
        missing({"get": "retrieve", "patch": "partial_update"}),
        name="missing-report",
    ),
    path("missing-reports/<uuid:pk>/moves/", missing({"post": "moves"}), name="missing-moves"),
    path("missing-reports/<uuid:pk>/checklist/", ChecklistView.as_view(), name="missing-checklist"),
    path("missing-reports/<uuid:pk>/sightings/", SightingView.as_view(), name="missing-sightings"),
    path("missing-reports/<uuid:pk>/episodes/", EpisodesView.as_view(), name="missing-episodes"),
    path(
        "missing-reports/<uuid:pk>/episodes/<uuid:link>/unlink/", UnlinkView.as_view(), name="missing-unlink"
    ),
    path("reports/", ReportsView.as_view(), name="reports"),
    path("reports/<slug:measure>/", ReportView.as_view(), name="report"),
    path("events/", EventView.as_view(), name="events"),
    path("webhooks/", webhooks({"get": "list", "post": "create"}), name="webhooks"),
    path("webhooks/<uuid:pk>/", webhooks(ONE_WEBHOOK), name="webhook"),
    path("webhooks/<uuid:pk>/secret/", webhooks({"post": "secret"}), name="webhook-secret"),
    path("webhooks/<uuid:pk>/test/", webhooks({"post": "test"}), name="webhook-test"),
    path("webhooks/<uuid:pk>/deliveries/", webhooks({"get": "deliveries"}), name="webhook-deliveries"),
    path(
        "webhooks/<uuid:pk>/deliveries/<int:delivery>/replay/",
        webhooks({"post": "replay"}),
        name="webhook-replay",
    ),
    path("detentions/", detentions({"get": "list", "post": "create"}), name="detentions"),
    path(
        "detentions/<uuid:pk>/", detentions({"get": "retrieve", "patch": "partial_update"}), name="detention"
    ),
    path("detentions/<uuid:pk>/milestones/", MilestonesView.as_view(), name="detention-milestones"),
    path("detentions/<uuid:pk>/officers/", OfficersView.as_view(), name="detention-officers"),
    path("clients/", clients({"get": "list"}), name="clients"),
    path("clients/<int:pk>/secret/", clients({"post": "secret"}), name="client-secret"),
    path("clients/<int:pk>/keys/", clients({"post": "keys"}), name="client-keys"),
    path("clients/<int:pk>/revoke/", clients({"post": "revoke"}), name="client-revoke"),
    path("sandbox/advance/", AdvanceView.as_view(), name="sandbox-advance"),
    path("problems/", ProblemsView.as_view(), name="problems"),
    path("problems/<slug:slug>/", ProblemView.as_view(), name="problem"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("docs/<slug:name>/", GuideView.as_view(), name="guide"),
]
