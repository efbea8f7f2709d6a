"""The one way in for people, and the page they reach when nothing better is theirs."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

ADMIN = "/admin/"


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
            messages.warning(request, "Your account has no rights to the administration pages.")
            return redirect("home")
        return redirect(wanted or "home")


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Staff go to the admin; anybody else sees who they are signed in as."""
    if request.user.is_staff:
        return redirect(ADMIN)
    return render(request, "home.html")
