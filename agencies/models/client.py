"""Partners' systems, which act over the API for one agency."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from oauth2_provider.models import AbstractApplication, ApplicationManager
from oauth2_provider.scopes import BaseScopes

from agencies.actor import Actor
from agencies.models.agency import Agency, Team
from agencies.roles import SCOPES


class ApiClientQuerySet(models.QuerySet):
    """Clients, seen by those who work in the same agency."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's agency, revoked ones too."""
        return self.filter(agency=actor.agency_id)


class ApiClient(AbstractApplication):
    """A program that acts for one agency and, unless it says otherwise, one team.

    Its secret is stored hashed and shown once; the one before it holds until
    ``old_secret_until``. ``keys`` are public keys (JWK) with which it may sign instead.
    ``scopes`` is the most that a token of its may be used for. Revoked, it gets no tokens,
    and those it has are dead.
    """

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="clients")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="clients")
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    revoked_at = models.DateTimeField(null=True, blank=True)
    old_secret = models.CharField(max_length=255, blank=True, default="")
    old_secret_until = models.DateTimeField(null=True, blank=True)
    keys = models.JSONField(default=list, blank=True)

    objects = ApplicationManager.from_queryset(ApiClientQuerySet)()

    class Meta:
        verbose_name = "API client"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="client_gets_tokens_by_client_credentials_alone",
                condition=Q(
                    authorization_grant_type=AbstractApplication.GRANT_CLIENT_CREDENTIALS,
                    client_type=AbstractApplication.CLIENT_CONFIDENTIAL,
                ),
            ),
            models.CheckConstraint(name="client_secret_is_hashed", condition=Q(hash_client_secret=True)),
            models.CheckConstraint(
                name="client_scopes_are_known_scopes",
                condition=Q(scopes__contained_by=list(SCOPES)),
            ),
            models.CheckConstraint(
                name="client_old_secret_ends",
                condition=Q(old_secret="", old_secret_until=None)
                | (~Q(old_secret="") & Q(old_secret_until__isnull=False)),
            ),
        ]

    def is_usable(self, request: object) -> bool:
        """Asked by the token endpoint: a revoked client gets nothing more."""
        return self.revoked_at is None


class UsedAssertion(models.Model):
    """The number (``jti``) of an assertion that a client signed: nobody uses it a second time."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=255)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "number"], name="an_assertion_is_used_once")]

    def __str__(self) -> str:
        return f"{self.number} of {self.client_id}"


class ClientScopes(BaseScopes):
    """Which scopes a token may have: those of its client, and all of them by default."""

    def get_all_scopes(self) -> dict[str, str]:
        """Every scope there is, with what it means."""
        return SCOPES

    def get_available_scopes(
        self, application: ApiClient | None = None, request: object = None, *args: object, **kwargs: object
    ) -> list[str]:
        """The client's own."""
        return list(application.scopes) if application else []

    get_default_scopes = get_available_scopes
