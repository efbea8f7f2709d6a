"""What every page of referrals begins with: somebody signed in, acting for an agency."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views import View

from agencies.acting import Actor
from referrals.reporting import engine
from referrals.screens.door import door_of
from referrals.screens.unseen import unseen


class Page(LoginRequiredMixin, View):
    """A page of referrals. Who has several teams and chose none is asked which."""

    template = ""
    part = ""  # the template of the part that refreshes itself

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """To the sign-in, to the choice of a team, or on."""
        if request.user.is_authenticated and request.actor is None:
            return redirect(f"{reverse('acting')}?{urlencode({'next': request.get_full_path()})}")
        return super().dispatch(request, *args, **kwargs)

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.request.actor

    @property
    def door(self) -> str:
        """Whose pages the links lead to."""
        return door_of(self.request)

    @property
    def is_live(self) -> bool:
        """Whether only the part that refreshes itself is asked for."""
        return bool(self.part) and "HX-Request" in self.request.headers

    def show(self, told: dict[str, Any], status: int = 200) -> HttpResponse:
        """The page, or its part that refreshes itself. Never kept by the browser: it is about people."""
        now = timezone.now()
        told = {
            "actor": self.actor,
            "door": self.door,
            "now": now,
            "engine_silent": engine.silent_since(now),
            "live": self.is_live,
            "unseen": (lambda: unseen(self.actor)),
            **told,
        }
        answer = render(self.request, self.part if self.is_live else self.template, told, status=status)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def typed_before(request: HttpRequest) -> dict[str, list[str]]:
    """What this person had typed here when their session ended."""
    return request.kept() if hasattr(request, "kept") else {}
