"""How a client shows at the token endpoint who it is: by a secret, or by something that it signed."""

from django.contrib.auth.hashers import check_password
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request

from agencies import services
from agencies.assertion import client_of

KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class ClientValidator(OAuth2Validator):
    """The library's, which also takes a secret that overlaps, and an assertion."""

    def client_authentication_required(self, request: Request, *args: object, **kwargs: object) -> bool:
        """An assertion is a way to authenticate, too."""
        return bool(_sent(request, "client_assertion")) or super().client_authentication_required(
            request, *args, **kwargs
        )

    def authenticate_client(self, request: Request, *args: object, **kwargs: object) -> bool:
        """Whoever sends an assertion is judged by it alone."""
        assertion = _sent(request, "client_assertion")
        if not assertion:
            return super().authenticate_client(request, *args, **kwargs)
        client = client_of(assertion) if _sent(request, "client_assertion_type") == KIND else None
        if client is not None:
            request.client = client
        return client is not None

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        """The client's secret, or the one before it while the two overlap."""
        if super()._check_secret(provided_secret, stored_secret):
            return True
        old = services.overlapping_secret(stored_secret)
        return old is not None and check_password(provided_secret, old)


def _sent(request: Request, name: str) -> str:
    return getattr(request, name, None) or ""
