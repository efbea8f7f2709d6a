"""People who sign in, and what they are in which team."""

from datetime import datetime
from typing import Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from agencies.actor import Actor
from agencies.models.agency import Agency, Team
from agencies.roles import Role


class UserQuerySet(models.QuerySet):
    """People, seen by those who work in the same agency."""

    def visible_to(self, actor: Actor) -> Self:
        """Those who are or were members of the actor's agency."""
        members = Membership.objects.visible_to(actor).values("user_id")
        return self.filter(pk__in=members)


class Users(UserManager.from_queryset(UserQuerySet)):
    """Django's manager of users, which also knows who sees whom."""

    use_in_migrations = False


class User(AbstractUser):
    """A person who can sign in. What they may do hangs on their memberships.

    Raising ``session_epoch`` ends every session of theirs at once.
    """

    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    objects = Users()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        known = f"{self.password}:{self.session_epoch}"
        return salted_hmac("agencies.User.session", known, secret=secret, algorithm="sha256").hexdigest()

    @property
    def shown_name(self) -> str:
        """The full name, else the user name: never empty."""
        return self.get_full_name() or self.username


class MembershipQuerySet(models.QuerySet):
    """Memberships, seen by those who work in the same agency."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's agency, ended ones too."""
        return self.filter(agency=actor.agency_id)

    def current(self, at: datetime | None = None) -> Self:
        """Those that hold at an instant (the database's present one by default)."""
        moment = at if at is not None else Now()
        return self.filter(Q(until__isnull=True) | Q(until__gt=moment), since__lte=moment)

    def active(self, at: datetime | None = None) -> Self:
        """Those that hold, of people who can sign in: whoever has left is neither asked nor written to."""
        return self.current(at).filter(user__is_active=True)


class Membership(models.Model):
    """A person in a team of an agency with a role, from ``since`` until ``until`` (UTC).

    Without a team it is for the agency as a whole, as an auditor's is.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="memberships")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    phone = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="membership_role_is_a_known_role", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="membership_ends_after_it_begins",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
            ),
            models.UniqueConstraint(
                name="membership_is_open_once_in_a_team",
                fields=["user", "agency", "team"],
                condition=Q(until__isnull=True),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display().lower()}"

    def holds(self, at: datetime) -> bool:
        """Whether it held at an instant."""
        return self.since <= at and (self.until is None or self.until > at)
