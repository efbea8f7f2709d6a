"""The addresses that problem documents give as their ``type``: what each kind of problem means."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.api import shapes
from referrals.api.errors import PROBLEMS


class ProblemView(APIView):
    """What one kind of problem means, and what to do. Anybody may read it."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(responses=shapes.ProblemKind)
    def get(self, request: Request, slug: str) -> Response:
        """The kind of problem, in words."""
        if slug not in PROBLEMS:
            raise Http404
        problem = PROBLEMS[slug]
        said = {"status": problem.status, "title": problem.title, "meaning": problem.meaning}
        return Response({"type": request.path, **said})
