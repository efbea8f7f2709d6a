"""Agreements are made: drafted, edited, remarked on, signed by both sides, and dated.

One between two kinds of agency is drafted by an agency of either and signed by each for itself: it is dated
once one of each kind has signed, and holds between those who have. Others join by signing it, live or not.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from agencies import audit
from agencies.acting import Actor
from agencies.instants import spelt
from agencies.models import Agency
from agencies.roles import Role, in_a_sentence
from referrals import policies
from referrals.domain.agreement import Between, Scope, Step, as_draft, problems
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded
from referrals.models import Agreement, AgreementGoLive, AgreementStep, AgreementVersion
from referrals.models.keys import instant
from referrals.services import agreement
from referrals.services.agreement import between


@transaction.atomic
def draft(*, sender: Agency, receiver: Agency, category: str, by: Actor) -> AgreementVersion:
    """A further version between these two, for one category or (empty) for all, from what holds now.

    Raises NotYourMove (a manager of either side drafts), Invalid, MoveNotAllowed (there is a draft already).
    """
    if sender.pk == receiver.pk:
        raise Invalid("an agreement is between two agencies", {"/other": "another agency than your own"})
    if sender.sandbox != receiver.sandbox:
        raise Invalid(
            "a trial agency agrees nothing with a real one", {"/other": "one on your side of the line"}
        )
    asked = between(sender, receiver, category)
    scope = Scope(sender.pk, receiver.pk, category=category)
    _check_manager(by, scope)
    at = instant()
    holds = agreement.kept(agreement.resolved(asked, at).version)
    return _draft(scope, f"{sender.name} to {receiver.name}", asked, holds, by, at)


@transaction.atomic
def draft_for_kinds(*, sender: str, receiver: str, category: str, by: Actor) -> AgreementVersion:
    """A further version between two kinds of agency, from their own that is live, else from what is for all.

    Raises NotYourMove (a manager of an agency of either kind drafts), MoveNotAllowed (there is a draft).
    """
    scope = Scope(from_kind=sender, to_kind=receiver, category=category)
    _check_manager(by, scope)
    at = instant()
    names = [in_a_sentence(kind) for kind in (sender, receiver)]
    asked = Between(0, sender, 0, receiver, category)
    holds = agreement.of_kinds(sender, receiver, category, at)
    return _draft(scope, f"Concordat, {names[0]} to {names[1]}", asked, holds, by, at)


def _draft(
    scope: Scope, name: str, asked: Between, holds: AgreementVersion, by: Actor, at: datetime
) -> AgreementVersion:
    made, _ = Agreement.objects.get_or_create(
        from_agency_id=scope.from_agency,
        to_agency_id=scope.to_agency,
        from_kind=scope.from_kind,
        to_kind=scope.to_kind,
        category=scope.category,
        defaults={"name": name[:200]},
    )
    last = made.versions.aggregate(last=Max("number"))["last"] or 0
    terms = as_draft(holds.terms, asked, every_category=not scope.category)
    try:
        with transaction.atomic():
            version = AgreementVersion.objects.create(agreement=made, number=last + 1, terms=terms)
    except IntegrityError:  # somebody of the other side drafts it at this moment
        raise MoveNotAllowed("there is a draft of this agreement already: edit that one", ["edit"]) from None
    _note(version, Step.DRAFTED, by, at, f"from {holds}")
    return version


@transaction.atomic
def edit(*, version_id: int, terms: Mapping[str, Any], by: Actor) -> AgreementVersion:
    """Change the text of a draft. What was signed before counts no longer.

    Raises NotThere, NotYourMove, MoveNotAllowed (it is agreed), Invalid naming each field that is wrong.
    """
    version = _find(version_id, by)
    _check_draft(version)
    wrong = {**problems(terms), **_in_arbiter(str(terms.get("arbiter") or ""), version.agreement)}
    if wrong:
        raise Invalid("these terms cannot be agreed", wrong)
    version.terms = dict(terms)
    version.save(update_fields=["terms"])
    _note(version, Step.EDITED, by, instant())
    return version


@transaction.atomic
def remark(*, version_id: int, text: str, by: Actor) -> AgreementStep:
    """Say something about a draft, for both sides to read. Raises NotThere, NotYourMove, ReasonNeeded."""
    version = _find(version_id, by)
    _check_draft(version)
    if not text:
        raise ReasonNeeded("a remark says something", {"/text": "what should change, or what was agreed"})
    return _note(version, Step.REMARKED, by, instant(), text)


@transaction.atomic
def sign(*, version_id: int, by: Actor) -> AgreementStep:
    """Agree to the text of a draft as it is, for the actor's side; or join what was agreed between kinds.

    Raises NotThere, NotYourMove, MoveNotAllowed (agreed, or signed by this side already), Invalid (the text).
    """
    version = _find(version_id, by)
    if not may_join(version):
        _check_draft(version)
    if wrong := problems(version.terms):
        raise Invalid("this text is not whole yet: edit it first", wrong)
    if by.agency_id in signers(version):
        raise MoveNotAllowed("your agency has signed this text already")
    return _note(version, Step.SIGNED, by, instant())


@transaction.atomic
def set_go_live(*, version_id: int, live_from: datetime, reason: str, by: Actor) -> AgreementGoLive:
    """Say from when a signed version holds, or move that date before it is reached. The old one is kept.

    Raises NotThere, NotYourMove, ReasonNeeded, MoveNotAllowed (live; not signed by both), Invalid (the date).
    """
    version = _find(version_id, by)
    at = instant()
    if not reason:
        raise ReasonNeeded("a date needs a reason", {"/reason": "say why, and who agreed to it"})
    if version.live_from is not None and version.live_from <= at:
        raise MoveNotAllowed("this version is live: draft a further one", ["draft"])
    if live_from < at:
        raise Invalid(
            "an agreement goes live at a time to come", {"/live_from": "a time that has not passed"}
        )
    _check_signed(version, by)
    try:
        with transaction.atomic():
            made = AgreementGoLive.objects.create(
                version=version, live_from=live_from, reason=reason, set_by=by.as_event(), set_at=at
            )
    except IntegrityError:
        other = {"/live_from": "another moment than that of any other version of it"}
        raise Invalid("a version of this agreement goes live at that moment already", other) from None
    _record("agreement.dated", version, by, live_from=spelt(live_from), reason=reason)
    version.refresh_from_db(fields=["live_from"])
    return made


def signers(version: AgreementVersion) -> dict[int, Agency]:
    """The agencies whose signature stands under the text as it is, the first first.

    Prefetch ``steps`` with their agency for many versions.
    """
    signed: dict[int, Agency] = {}
    for step in sorted(version.steps.all(), key=lambda each: each.pk):
        if step.kind in (Step.DRAFTED, Step.EDITED):
            signed = {}
        elif step.kind == Step.SIGNED:
            signed[step.agency_id] = step.agency
    return signed


def is_signed(version: AgreementVersion) -> bool:
    """Whether those have signed who have to before it is dated."""
    kinds = {key: agency.kind for key, agency in signers(version).items()}
    return version.agreement.scope.is_signed(kinds)


def may_join(version: AgreementVersion) -> bool:
    """Whether it is dated, and open to whoever of its kinds has not signed it: until a further one holds."""
    if version.live_from is None or not version.agreement.scope.is_of_kinds:
        return False
    return not version.agreement.versions.filter(live_from__gt=version.live_from).exists()


def _find(version_id: int, by: Actor) -> AgreementVersion:
    seen = AgreementVersion.objects.visible_to(by).select_related("agreement")
    found = seen.prefetch_related("steps__agency").filter(pk=version_id).first()
    if found is None:
        raise NotThere("there is no such version of an agreement")
    _check_manager(by, found.agreement.scope)
    return found


def _check_manager(by: Actor, scope: Scope) -> None:
    if not scope.is_made_by(by.agency_id, by.agency_kind):
        raise NotYourMove(
            "agencies of the two kinds make their agreement"
            if scope.is_of_kinds
            else "the two sides make their agreement"
        )
    if scope.is_of_kinds and Agency.objects.filter(pk=by.agency_id, sandbox=True).exists():
        raise NotYourMove("a trial agency has no part in what real ones agree")
    policies.check_level(by, Role.MANAGER, "make an agreement")


def _check_signed(version: AgreementVersion, by: Actor) -> None:
    if version.live_from is None and not is_signed(version):
        who = "an agency of each kind signs" if version.agreement.scope.is_of_kinds else "both sides sign"
        raise MoveNotAllowed(f"{who} the text before it is given a date", ["sign"])
    if by.agency_id not in signers(version):
        raise NotYourMove("an agency that has signed it says from when it holds: sign it first")


def _check_draft(version: AgreementVersion) -> None:
    if version.live_from is not None:
        raise MoveNotAllowed("this version is agreed: draft a further one", ["draft"])


def _in_arbiter(code: str, of: Agreement) -> dict[str, str]:
    """Nobody judges in their own cause."""
    if not code:
        return {}
    found = Agency.objects.filter(code=code).first()
    wrong = found is None or of.scope.is_made_by(found.pk, found.kind)
    return {"/arbiter": "an agency that is neither of the two sides, or nobody"} if wrong else {}


def _note(version: AgreementVersion, kind: Step, by: Actor, at: datetime, text: str = "") -> AgreementStep:
    _record(f"agreement.{kind}", version, by)
    return AgreementStep.objects.create(
        version=version, kind=kind, agency_id=by.agency_id, actor=by.as_event(), text=text, at=at
    )


def _record(action: str, version: AgreementVersion, by: Actor, **data: object) -> None:
    audit.record(action=action, by=by, target_label="agreementversion", target_id=version.pk, data=dict(data))
