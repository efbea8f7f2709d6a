"""How the OpenAPI document says that one signs in."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from agencies.roles import SCOPES


class ActorScheme(OpenApiAuthenticationExtension):
    """drf-spectacular finds it by its being imported."""

    target_class = "agencies.api.authentication.ActorAuthentication"
    name = ["oauth2", "session"]

    def get_security_definition(self, auto_schema: object) -> list[dict[str, object]]:
        """A token from ``/oauth/token/``, or a browser's session."""
        flow = {"clientCredentials": {"tokenUrl": "/oauth/token/", "scopes": SCOPES}}
        return [
            {"type": "oauth2", "flows": flow},
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        ]
