"""The one way in for people, how long it lasts, and for whom they act."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from agencies.acting import choose, memberships
from config import session_limits
from referrals.screens.door import home_of

ADMIN = "/admin/"
NO_ADMIN = "Your account has no rights to the administration pages, so you are in the tracker."


class SignIn(LoginView):
    """Signs a person in; somebody signed in already goes on to where they were going."""

    # A failure is counted and audited whoever else the request acts for.
    own_transactions = True

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Somebody whom the admin turned away is told so, and not sent round in a circle."""
        if not request.user.is_authenticated:
            return super().dispatch(request, *args, **kwargs)
        wanted = self.get_redirect_url()
        if wanted.startswith(ADMIN) and not request.user.is_staff:
            messages.warning(request, NO_ADMIN)
            return redirect("home")
        return redirect(wanted or "home")

    def form_valid(self, form: object) -> HttpResponse:
        """Signed in; what the last user of a shared computer had typed is forgotten."""
        response = super().form_valid(form)
        session_limits.forget_others(self.request)
        return response

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Why the last session ended, if it did."""
        ended = session_limits.ENDED.get(self.request.GET.get("ended", ""), "")
        return super().get_context_data(ended=ended, **kwargs)


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """NHS staff go to the worklist, anybody else to the tracker; who has still to choose a team chooses."""
    return redirect(f"{home_of(request)}:home" if request.actor else "acting")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def acting(request: HttpRequest) -> HttpResponse:
    """The choice among a person's memberships."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    host = {request.get_host()}
    wanted = wanted if url_has_allowed_host_and_scheme(wanted, host, request.is_secure()) else ""
    problem = ""
    if request.method == "POST":
        asked = request.POST.get("membership", "")
        if asked.isdecimal() and choose(request, int(asked)):
            return redirect(wanted or "home")
        problem = "Choose one of your teams"
    told = {"held": memberships(request.user), "next": wanted, "problem": problem}
    return render(request, "registration/acting.html", told)


acting.own_transactions = True


@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest) -> JsonResponse:
    """How many seconds are left; asked by POST, the session goes on from now."""
    if not request.user.is_authenticated:
        return JsonResponse({"left": 0}, status=401)
    now = int(time.time())
    if request.method == "POST":
        request.session[session_limits.USED] = now
    told = {"left": session_limits.left(request, now), "limit": session_limits.limit(request, now)}
    return JsonResponse({**told, "idle": settings.SESSION_IDLE_AGE})


session.own_transactions = True

LONGEST_ADDRESS = 200  # characters


@require_http_methods(["POST"])
def typed(request: HttpRequest) -> HttpResponse:
    """Keeps what is typed into a form that has not been sent, while it is typed."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    kept = session_limits.keep(request, request.GET.get("at", "")[:LONGEST_ADDRESS])
    return HttpResponse(status=204 if kept else 413)


typed.own_transactions = True
