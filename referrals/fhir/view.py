"""What every view of this door has in common: its formats, its refusals, and who may read the answer."""

from collections.abc import Callable

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies.api.views import Answers
from referrals.fhir import formats, outcome


class FhirView(Answers, APIView):
    """One address of FHIR. Who may come in, and how often, is the plain API's to say.

    A view names its scopes for both reading and writing: whoever has them, and asks by a method that the
    address has not, is told so.
    """

    schema = None  # the plain API's document is not this door's: /fhir/metadata is
    renderer_classes = (formats.FhirJSONRenderer, formats.FhirXMLRenderer)
    parser_classes = (formats.FhirJSONParser, formats.FhirXMLParser)
    content_negotiation_class = formats.FhirNegotiation

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Refusals are OperationOutcomes."""
        return outcome.handle

    def finalize_response(
        self, request: Request, response: HttpResponse, *args: object, **kwargs: object
    ) -> HttpResponse:
        """Nobody on the way keeps the answer."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers.setdefault("Cache-Control", "no-store")
        return final


def address(request: Request, path: str = "") -> str:
    """The whole address of something below ``/fhir``."""
    return request.build_absolute_uri(f"/fhir/{path}").removesuffix("/")
