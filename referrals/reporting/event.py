"""Events as they are told outside: in feeds, in timelines and to webhooks, as far as the reader may see."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from agencies.acting import Actor
from agencies.instants import spelt
from agencies.models import Agency
from agencies.roles import AgencyKind, Role
from referrals.domain.disclosure import kinds_read_by
from referrals.models import Case, Event, Referral

FIELDS = (
    "id", "case_id", "referral_id", "seq", "type", "occurred_at", "recorded_at", "actor", "data",
)  # fmt: skip
NAMES = ("name", "contact", "phone")
SHOWN_OF_ACTOR = ("name", "role", "contact", "agency")


def documents(agency: Agency, wanted: Mapping[int, int]) -> dict[int, dict[str, Any]]:
    """These events, by position in an agency's feed, as they are sent: less what it may not see any more, and
    less every person's name and number, which a message never carries."""
    program = Actor(agency.pk, agency.code, AgencyKind(agency.kind), team_id=None, role=Role.WORKER)
    events = Event.objects.visible_to(program).filter(pk__in=wanted.values())
    told = {event["id"]: event for event in tell(events, program)}
    return {at: {**_nameless(told[event]), "sequence": at} for at, event in wanted.items() if event in told}


def _nameless(said: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same, without what names somebody, and how to ring whoever is named."""
    if isinstance(said, Mapping):
        left_out = NAMES if "name" in said else ()
        return {name: _nameless(each) for name, each in said.items() if name not in left_out}
    return [_nameless(each) for each in said] if isinstance(said, list) else said


def tell(events: QuerySet[Event], actor: Actor) -> list[dict[str, Any]]:
    """Events as partners read them, in the order given. Three queries."""
    lines = list(events.values(*FIELDS))
    referrals = _referrals({line["referral_id"] for line in lines} - {None}, actor)
    cases = _cases({line["case_id"] for line in lines}, actor) | {
        case_id: reference for _, case_id, reference in referrals.values()
    }
    return [_as_json(line, cases, referrals, actor) for line in lines]


def _referrals(ids: Iterable[UUID], actor: Actor) -> dict[UUID, tuple[str, UUID, str]]:
    seen = Referral.objects.visible_to(actor).filter(pk__in=ids)
    found = seen.values_list("pk", "reference", "case_id", "case_reference")
    return {key: (reference, case_id, case) for key, reference, case_id, case in found}


def _cases(ids: Iterable[UUID], actor: Actor) -> dict[UUID, str]:
    """By their own rows; one that the actor has left is still named by its referral."""
    return dict(Case.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", "reference"))


def _as_json(
    line: Mapping[str, Any], cases: Mapping[UUID, str], referrals: Mapping[UUID, tuple], actor: Actor
) -> dict[str, Any]:
    about = referrals.get(line["referral_id"])
    data = dict(line["data"])
    if "content" in data:
        data["content"] = [each for each in data["content"] if each["kind"] in kinds_read_by(actor.audience)]
    return {
        "id": line["id"],
        "number": line["seq"],
        "type": line["type"],
        "case": cases.get(line["case_id"]),
        "referral": line["referral_id"] and str(line["referral_id"]),
        "referral_reference": about and about[0],
        "occurred_at": spelt(line["occurred_at"]),
        "recorded_at": spelt(line["recorded_at"]),
        "actor": {name: line["actor"].get(name) for name in SHOWN_OF_ACTOR},
        "data": data,
    }
