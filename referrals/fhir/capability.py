"""What this door can do, for programs that ask before they send."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from referrals.api.filtering import refuse_unknown
from referrals.fhir.view import FhirView, address

WRITTEN_ON = "2026-11-29"
SECURITY = "http://terminology.hl7.org/CodeSystem/restful-security-service"
SAID = "A subset of FHIR R4 in the manner of NHS BaRS. No conformance to BaRS or UK Core is claimed."
PROCESS = "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message"
FORMATS = ("application/fhir+json", "application/fhir+xml", "json", "xml")


class MetadataView(FhirView):
    """The CapabilityStatement. Anybody may read it."""

    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request) -> Response:
        """What there is, and how to sign in."""
        refuse_unknown(request, ("_format",))
        return Response(statement(address(request)))


def statement(base: str) -> dict[str, Any]:
    """The CapabilityStatement of this door at its address."""
    version = settings.SPECTACULAR_SETTINGS["VERSION"]
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{base}/metadata",
        "version": version,
        "name": "RightCareRightPersonReferrals",
        "title": settings.SPECTACULAR_SETTINGS["TITLE"],
        "status": "active",
        "date": WRITTEN_ON,
        "description": SAID,
        "kind": "instance",
        "software": {"name": settings.SPECTACULAR_SETTINGS["TITLE"], "version": version},
        "implementation": {"description": SAID, "url": base},
        "fhirVersion": "4.0.1",
        "format": list(FORMATS),
        "rest": [
            {
                "mode": "server",
                "security": _security(base),
                "resource": [_resource("ServiceRequest"), _resource("Task")],
                "operation": [{"name": "process-message", "definition": PROCESS}],
            }
        ],
    }


def _security(base: str) -> dict[str, Any]:
    token = base.removesuffix("/fhir") + "/oauth/token/"
    return {
        "service": [{"coding": [{"system": SECURITY, "code": "OAuth"}]}],
        "description": f"OAuth 2 client credentials at {token}; scopes referrals:read and referrals:write.",
    }


def _resource(kind: str) -> dict[str, Any]:
    said = "Our own reference (system of the identifiers in answers), or the sender's incident number."
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "versioned",
        "searchParam": [{"name": "identifier", "type": "token", "documentation": said}],
    }
