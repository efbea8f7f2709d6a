"""The addresses that problem documents give as their ``type``: what each kind of problem means."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies.api.views import Answers
from referrals.api import shapes
from referrals.api.errors import CATALOGUE, PROBLEMS
from referrals.api.paging import whole


class ProblemsView(Answers, APIView):
    """Every kind of problem there is. Anybody may read it."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="problems_list", responses=shapes.page_of(shapes.ProblemKind))
    def get(self, request: Request) -> Response:
        """The catalogue: each ``type`` that an answer may have, what it means, and what to do."""
        return Response(whole([told(slug) for slug in PROBLEMS]))


class ProblemView(Answers, APIView):
    """What one kind of problem means, and what to do. Anybody may read it."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(responses=shapes.ProblemKind)
    def get(self, request: Request, slug: str) -> Response:
        """The kind of problem, in words."""
        if slug not in PROBLEMS:
            raise Http404
        return Response(told(slug))


def told(slug: str) -> dict[str, Any]:
    """The kind of problem, by the address that stands in its ``type``."""
    problem = PROBLEMS[slug]
    said = {"status": problem.status, "title": problem.title, "meaning": problem.meaning}
    return {"type": f"{CATALOGUE}{slug}/", **said}
