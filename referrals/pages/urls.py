"""The tracker's addresses."""

from django.urls import path

from referrals.pages import (
    agreement,
    detention,
    hints,
    home,
    inbox,
    listing,
    measures,
    missing,
    missing_act,
    missing_new,
    new,
    places,
    reach,
    rota,
    threshold,
)
from referrals.screens import case, moves

app_name = "tracker"

urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("referrals/", listing.Listing.as_view(), name="list"),
    path("referrals/new/", new.New.as_view(), name="new"),
    path("referrals/new/hints/", hints.Hints.as_view(), name="hints"),
    path("referrals/new/draft/", new.SaveDraft.as_view(), name="save-draft"),
    path("drafts/<str:reference>/", new.Draft.as_view(), name="draft"),
    path("referrals/<str:reference>/", case.ReferralPage.as_view(), name="referral"),
    path("referrals/<str:reference>/<slug:action>/", moves.Move.as_view(), name="move"),
    path("cases/<str:reference>/", case.CasePage.as_view(), name="case"),
    path("cases/<str:reference>/<slug:action>/", moves.CaseMove.as_view(), name="case-move"),
    path("decide/", threshold.Decide.as_view(), name="decide"),
    path("decisions/", threshold.Decisions.as_view(), name="decisions"),
    path("decisions/<uuid:pk>/", threshold.Decision.as_view(), name="decision"),
    path("decisions/<uuid:pk>/refer/", threshold.Refer.as_view(), name="refer"),
    path("decisions/<uuid:pk>/<slug:action>/", threshold.DecisionAction.as_view(), name="decision-action"),
    path("messages/", inbox.Inbox.as_view(), name="inbox"),
    path("messages/reach/", reach.ReachPage.as_view(), name="reach"),
    path("messages/code/", reach.CodePage.as_view(), name="code"),
    path("rota/", rota.Rota.as_view(), name="rota"),
    path("rota/<str:token>.ics", rota.Feed.as_view(), name="rota-feed"),
    path("agreements/", agreement.Agreements.as_view(), name="agreements"),
    path("agreements/new/", agreement.NewAgreement.as_view(), name="new-agreement"),
    path("agreements/<int:pk>/", agreement.AgreementPage.as_view(), name="agreement"),
    path("agreements/<int:pk>/edit/", agreement.EditAgreement.as_view(), name="edit-agreement"),
    path("agreements/<int:pk>/simulate/", agreement.SimulateAgreement.as_view(), name="simulate"),
    path("agreements/<int:pk>/<slug:action>/", agreement.AgreementAction.as_view(), name="agreement-action"),
    path("detentions/new/", detention.Detain.as_view(), name="detain"),
    path("detentions/<uuid:pk>/", detention.DetentionPage.as_view(), name="detention"),
    path("detentions/<uuid:pk>/sheet/", detention.Sheet.as_view(), name="detention-sheet"),
    path("detentions/<uuid:pk>/sheet.pdf", detention.SheetPdf.as_view(), name="detention-pdf"),
    path("detentions/<uuid:pk>/<slug:action>/", detention.Enter.as_view(), name="detention-enter"),
    path("places/", places.Places.as_view(), name="places"),
    path("measures/", measures.Measures.as_view(), name="measures"),
    # missing patients
    path("missing/", missing.Board.as_view(), name="missing"),
    path("missing/new/", missing_new.NewReport.as_view(), name="missing-new"),
    path("missing/new/draft/", missing_new.SaveMissing.as_view(), name="missing-save"),
    path("missing/drafts/<str:reference>/", missing_new.MissingDraft.as_view(), name="missing-draft"),
    path("missing/<str:reference>/", missing.ReportPage.as_view(), name="missing-report"),
    path("missing/<str:reference>/print/", missing.PrintPage.as_view(), name="missing-print"),
    path("missing/<str:reference>/checklist/<slug:item>/", missing.Tick.as_view(), name="missing-tick"),
    path("missing/<str:reference>/<slug:action>/", missing_act.Act.as_view(), name="missing-act"),
]
