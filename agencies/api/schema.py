"""What the OpenAPI document says that the code alone does not."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter

from agencies.roles import SCOPES

ID_OR_CODE = OpenApiParameter("id", str, OpenApiParameter.PATH, description="Its id or its code")


class ActorScheme(OpenApiAuthenticationExtension):
    """How one signs in. That it is imported is enough for drf-spectacular to find it."""

    target_class = "agencies.api.authentication.ActorAuthentication"
    name = ["oauth2", "session"]

    def get_security_definition(self, auto_schema: object) -> list[dict[str, object]]:
        """A token from ``/oauth/token/``, or a browser's session."""
        flow = {"clientCredentials": {"tokenUrl": "/oauth/token/", "scopes": SCOPES}}
        return [
            {"type": "oauth2", "flows": flow},
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        ]
