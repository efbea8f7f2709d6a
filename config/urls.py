"""Every address of the site."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.generic import RedirectView
from oauth2_provider.views import TokenView

from config import health
from config.metrics import metrics
from config.signin import SignIn, acting, home, session, typed
from referrals.api.notify import Receipts, Texts

urlpatterns = [
    path("", home, name="home"),
    path("accounts/login/", SignIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/acting/", acting, name="acting"),
    path("accounts/session/", session, name="session"),
    path("accounts/typed/", typed, name="typed"),
    path("tracker/", include("referrals.pages.urls")),
    # One sign-in for everybody: it counts failures and locks out; a second one would not.
    path("admin/login/", RedirectView.as_view(pattern_name="login", query_string=True)),
    path("admin/", include("referrals.admin.urls")),  # the worklist, in front of the records
    path("admin/", admin.site.urls),
    path("oauth/token/", TokenView.as_view(), name="token"),
    path("notify/receipts/", Receipts.as_view(), name="notify-receipts"),
    path("notify/texts/", Texts.as_view(), name="notify-texts"),
    path("health/live/", health.live, name="live"),
    path("health/ready/", health.ready, name="ready"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/", include("referrals.api.urls")),
    path("fhir/", include("referrals.fhir.urls")),
    path("mait/", include("referrals.mait.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
