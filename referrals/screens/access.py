"""What every page of referrals begins with: somebody signed in, acting for an agency."""

from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, TypeVar

from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import Form
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

ABOUT = ("case", "corrects")  # what a form is about stands in its address, and in a hidden field
Kept = TypeVar("Kept", bound=Form)


class Begun(Protocol):
    """When a form was begun and not sent (UTC), and whether in the session that goes on still."""

    at: datetime
    in_this_session: bool


class Page(LoginRequiredMixin, View):
    """A page of referrals. Who has several teams and chose none is asked which."""

    template = ""
    part = ""  # the template of the part that refreshes itself
    begins = False  # its form begins something: what was typed here may have been about somebody else

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

    @cached_property
    def begun(self) -> Begun | None:
        """What was begun here and not sent, where that may have been about somebody else."""
        return self.request.begun() if self.begins and self.request.method == "GET" else None

    @property
    def is_left(self) -> bool:
        """Whether they went away from it by themselves: then they are asked before it comes back."""
        return self.begun is not None and self.begun.in_this_session and "resume" not in self.request.GET

    @cached_property
    def typed(self) -> dict[str, str | list[str]]:
        """What this person had typed here and not sent when their session ended; about no other case."""
        if self.is_left:
            return {}
        held: dict[str, list[str]] = self.request.kept() if hasattr(self.request, "kept") else {}
        typed = {name: said if len(said) > 1 else said[0] for name, said in held.items() if said}
        named = {name: self.request.GET.get(name) for name in ABOUT}
        return {} if any(said and said != typed.get(name) for name, said in named.items()) else typed

    def about(self, name: str) -> str:
        """What the address, or else what was typed here before, says that the form is about."""
        return self.request.GET.get(name) or str(self.typed.get(name, ""))

    def again(self, form: Kept) -> Kept:
        """The form with what was typed here before, and the version that stands now."""
        form.initial |= {name: said for name, said in self.typed.items() if name != "version"}
        return form

    @property
    def wants_all(self) -> bool:
        """Whether all that has happened is asked for, and not only the newest of it."""
        return self.request.GET.get("story") == "whole"

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
            "begun": self.begun,
            "is_left": self.is_left,
            "resume": urlencode({**self.request.GET.dict(), "resume": "1"}),
            **told,
        }
        answer = render(self.request, self.part if self.is_live else self.template, told, status=status)
        answer.headers["Cache-Control"] = "no-store"
        return answer
