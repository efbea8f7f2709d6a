"""The admin's look at agencies, people, programs and the audit log. It changes nothing."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from oauth2_provider import admin as oauth_admin

from agencies.models import (
    Agency,
    AgencyCode,
    ApiClient,
    AuditEvent,
    Membership,
    ServiceHours,
    Shift,
    ShiftOverride,
    Team,
    User,
)
from agencies.roles import Role

# The libraries' own pages can edit rights and list tokens, past every service and audit line.
for registered in (
    Group,
    oauth_admin.application_model,
    oauth_admin.access_token_model,
    oauth_admin.grant_model,
    oauth_admin.id_token_model,
    oauth_admin.refresh_token_model,
):
    admin.site.unregister(registered)

OVERSEERS = frozenset({Role.MANAGER, Role.DIRECTOR, Role.AUDITOR})


class LookOnly:
    """No adding, changing or deleting, for anybody. Who acts for no agency sees nothing."""

    readable_by: frozenset[Role] = frozenset(Role)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows are made by services."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Services change them, too."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever acts in a role that may read this."""
        return request.actor is not None and request.actor.role in self.readable_by

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Listed on the index for the same people."""
        return self.has_view_permission(request)


class LookOnlyAdmin(LookOnly, admin.ModelAdmin):
    """Lists, pages and searches of the rows that the actor's agency may see."""

    actions = None
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that every list, page, search and autocompletion starts from."""
        return super().get_queryset(request).visible_to(request.actor)


class LookOnlyInline(LookOnly, admin.TabularInline):
    """Rows shown on the page of what they belong to, which decides who sees them."""

    extra = 0


class AgencyCodeInline(LookOnlyInline):
    """Official codes on an agency's page."""

    model = AgencyCode


@admin.register(Agency)
class AgencyAdmin(LookOnlyAdmin):
    """The directory of agencies."""

    list_display = ("code", "name", "kind", "phone")
    list_filter = ("kind",)
    search_fields = ("code", "name", "codes__code")
    inlines = (AgencyCodeInline,)


class ServiceHoursInline(LookOnlyInline):
    """Hours on a team's page."""

    model = ServiceHours


@admin.register(Team)
class TeamAdmin(LookOnlyAdmin):
    """The directory of teams."""

    list_display = ("code", "name", "kind", "agency", "phone", "always_open")
    list_select_related = ("agency",)
    list_filter = ("kind",)
    search_fields = ("code", "name", "agency__name")
    inlines = (ServiceHoursInline,)


class ShiftInline(LookOnlyInline):
    """Shifts on a member's page."""

    model = Shift


@admin.register(Membership)
class MembershipAdmin(LookOnlyAdmin):
    """Who works in the agency, and as what."""

    list_display = ("user", "team", "role", "phone", "since", "until")
    list_select_related = ("user", "team")
    list_filter = ("role",)
    search_fields = ("user__username", "user__last_name", "team__name")
    inlines = (ShiftInline,)


@admin.register(ShiftOverride)
class ShiftOverrideAdmin(LookOnlyAdmin):
    """Changes of the agency's shifts, withdrawn ones too, the latest first."""

    list_display = ("team", "tier", "during", "instead_of", "membership", "reason", "withdrawn_at")
    list_select_related = ("team", "instead_of__user", "membership__user")
    list_filter = ("tier", ("withdrawn_at", admin.EmptyFieldListFilter))
    search_fields = ("team__name", "reason")
    ordering = ("-id",)


@admin.register(User)
class UserAdmin(LookOnlyAdmin):
    """The people of the agency, without anything that helps to sign in as them."""

    fields = ("username", "first_name", "last_name", "email", "is_active", "last_login")
    ordering = ("username",)
    list_display = ("username", "first_name", "last_name", "is_active", "last_login")
    search_fields = ("username", "first_name", "last_name")


@admin.register(ApiClient)
class ApiClientAdmin(LookOnlyAdmin):
    """The programs that act for the agency, without their secrets."""

    readable_by = OVERSEERS
    fields = ("name", "client_id", "agency", "team", "scopes", "created", "revoked_at")
    list_display = ("name", "client_id", "team", "created", "revoked_at")
    list_select_related = ("team",)
    search_fields = ("name", "client_id")


@admin.register(AuditEvent)
class AuditEventAdmin(LookOnlyAdmin):
    """The agency's own lines of the audit log."""

    readable_by = OVERSEERS
    list_display = ("recorded_at", "action", "actor_name", "target_label", "target_id")
    search_fields = ("action", "target_label", "target_id")

    @admin.display(description="by")
    def actor_name(self, line: AuditEvent) -> str:
        """The name in what the line keeps of the actor."""
        return (line.actor or {}).get("name", "")
