"""What the matrix is played with: four agencies' points of view on cases full of words to be kept.

The police look on as the one whose cases they are, the trust as a party, the other trust as a party that
has left, the council as somebody who has no part in anything. One case is others' altogether.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db import connection
from oauth2_provider.models import AccessToken

from agencies import audit
from agencies.acting import Actor, NamedPerson, acting_for
from agencies.models import ApiClient, Membership, User
from agencies.roles import Role
from notifications.models import Message, WebhookDelivery
from referrals.models import (
    Attachment,
    AttachmentWithdrawal,
    CallBack,
    ChecklistItem,
    Clock,
    Content,
    Demand,
    Detention,
    DetentionMilestone,
    Dispute,
    Escalation,
    Event,
    Finding,
    MissingReport,
    OfficerWait,
    Person,
    Proof,
    Referral,
    Sighting,
    SupportEntry,
    ThresholdDecision,
    ThresholdStep,
)
from referrals.models.keys import instant
from referrals.services import (
    attachment,
    call_back,
    case_moves,
    checklist,
    claim,
    contact,
    detention,
    drafting,
    engine,
    feed,
    milestones,
    missing,
    officers,
    risk,
    sighting,
    support,
    threshold,
    threshold_review,
    webhook,
)
from referrals.services import referral as referrals
from tests.database import in_role_of
from tests.factories.agencies import (
    AccessTokenFactory,
    ApiClientFactory,
    MembershipFactory,
    ReachFactory,
    ShiftOverrideFactory,
)
from tests.factories.world import World, act, make_world, move
from tests.files.made import picture

EVERYBODY = ("police", "trust", "other_trust", "ambulance", "stranger")
POLICE_AND_TRUST = frozenset({"police", "trust"})
ROWS_OF_CASE = (ThresholdDecision, ThresholdStep, SupportEntry, CallBack, Dispute,
                Detention, DetentionMilestone, OfficerWait,
                MissingReport, ChecklistItem, Sighting, AttachmentWithdrawal, Attachment)  # fmt: skip
ANSWERS = {"crime": "no", "risk_to_life": "no", "serious_harm": "no"}


@dataclass(frozen=True)
class Target:
    """One referral with all that hangs off it; ``seen_by`` says which agencies it is there for.

    ``known_to`` are those who have or had a part in its case. ``rows`` holds the keys of its rows by the
    model's label, ``version`` the one that a writer would send.
    """

    name: str
    referral: str
    reference: str
    case: str
    version: int
    seen_by: frozenset[str]
    case_seen_by: frozenset[str]
    known_to: frozenset[str]
    rows: dict[str, list[str]]


@dataclass
class Story:
    """The world, its targets, and every word in it that not everybody may read.

    ``secrets`` maps a text to the agencies that may read it. ``own`` holds, for each agency, the keys of
    what is the agency's and no case's, by the model's label.
    """

    world: World
    targets: dict[str, Target] = field(default_factory=dict)
    secrets: dict[str, frozenset[str]] = field(default_factory=dict)
    own: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def keep(self, text: str, *may_read: str) -> str:
        """The text, which from now on only these agencies may read."""
        self.secrets[text] = frozenset(may_read)
        return text

    def kept_from(self, agency: str | None) -> list[str]:
        """What this agency, or nobody in particular, must never see."""
        return [text for text, may_read in self.secrets.items() if agency not in may_read]


def make_story() -> Story:
    """Made by the services alone, ticked long after every deadline, and numbered for the feed."""
    story = Story(make_world())
    for name in EVERYBODY:
        _hire(story, name)
    made = [_shared(story), _left(story), _own_draft(story), _of_others(story), _missing(story)]
    _link(story, made[0][0][1], made[2][0][1])
    with in_role_of("worker"):
        while engine.tick(now=instant() + timedelta(days=9)).claimed:
            pass
        feed.number_events()
    for each in [each for some in made for each in some]:
        _aim(story, each)
    _find_fault(story)
    for name in EVERYBODY:
        _own(story, name)
    return story


def _hire(story: Story, name: str) -> None:
    """People in every role, and two programs: one that may do everything, one that may do nothing."""
    team = story.world.teams[name]
    for role in Role:
        user = {"username": f"at-{name}-{role}", "is_staff": True}
        MembershipFactory(team=team, role=role, **{f"user__{k}": v for k, v in user.items()})
        story.keep(f"at-{name}-{role}", name)
    MembershipFactory(team=team, role=Role.WORKER, user__username=f"at-{name}-desk")
    with in_role_of("owner"):
        number = story.keep(f"+4477009{EVERYBODY.index(name):05}", name)
        ReachFactory(user=User.objects.get(username=f"at-{name}-{Role.WORKER}"), phone=number)
    client = ApiClientFactory(team=team, client_id=story.keep(f"client-of-{name}", name))
    story.tokens[f"{name} program"] = AccessTokenFactory(application=client, token=f"all-{name}").token
    story.tokens[f"{name} program without scope"] = AccessTokenFactory(
        application=client, token=f"none-{name}", scope=""
    ).token
    with acting_for(team.agency_id):
        audit.record(action="export", by=None, agency_id=team.agency_id,
                     target_label="export", target_id=story.keep(f"audited-{name}", name))  # fmt: skip


def _words(story: Story, name: str, number: str, *may_read: str) -> dict[str, Any]:
    """What somebody says of a person in trouble, none of which occurs anywhere else."""
    keep = story.keep
    return {
        "person": {
            "family_name": keep(f"QUILLFEATHER{name}", *may_read),
            "given_name": keep(f"Zephyrine{name}", *may_read),
            "nhs_number": keep(number, *may_read),
            "description": keep(f"a limp and a cane {name}", *may_read),
            "phone": keep(f"07700 900{number[-3:]}", *may_read),
        },
        "summary": keep(f"summary of {name}", *may_read),
        "location": {"text": keep(f"12 {name} street", *may_read)},
        "source_incident_number": keep(f"INC-{name}-7731", *may_read),
    }


Made = list[tuple[str, Referral, frozenset[str], frozenset[str]]]


def _shared(story: Story) -> Made:
    """A case of the police with the trust, in which they have done everything; and a draft inside it."""
    world, both = story.world, POLICE_AND_TRUST
    decided = threshold.Decided(
        category="concern_for_welfare",
        answers=ANSWERS,
        rationale=story.keep("rationale before anybody was asked", *both),
        caller_told="the trust will call",
    )
    early = act(world.police, threshold.record, decided=decided)
    _decided_alone(story, decided)
    asked = replace(world.asked(**_words(story, "alpha", "9990000026", *both)), threshold_decision=early.pk)
    made = act(world.police, referrals.create, asked=asked)
    _detain(story, made)
    nurse = {"name": story.keep("Nurse Alphaclaim", *both), "role": "nurse", "contact": "020 7946 0155"}
    act(world.police, claim.claim, referral_id=made.pk, accepted_by=nurse)
    move(world.trust, made, "request_info", reason=story.keep("which alpha floor", *both))
    move(world.police, made, "answer_info", reason=story.keep("the third alpha floor", *both))
    move(world.trust, made, "accept")
    note = story.keep("alpha answered the door", *both)
    said = {"channel": "phone", "with_whom": "person", "outcome": "reached", "note": note}
    act(world.trust, contact.log, referral_id=made.pk, **said)
    move(world.trust, made, "start")
    act(world.police, risk.change, referral_id=made.pk, direction="raise", priority="P1",
        reason=story.keep("alpha has a knife", *both))  # fmt: skip
    move(world.police, made, "request_cancel", reason=story.keep("alpha found by family", *both))
    again = replace(decided, rationale=story.keep("rationale in alpha", *both), case=made.case_reference)
    latest = act(world.police, threshold.record, decided=again)
    said = {"decision_id": latest.pk, "reason": story.keep("alpha took tablets", *both)}
    act(world.trust, threshold_review.disagree, **said)
    _stay_with(story, made)
    hidden = _beside(story, made, "trust", "ambulance", "alphadraft", {"trust"}, draft=True)
    return [("shared", _now(world.police, made), both, both),
            ("draft inside", hidden, frozenset({"trust"}), both)]  # fmt: skip


def _detain(story: Story, made: Referral) -> None:
    """The person is with officers, at a place of safety of the trust's."""
    world, both = story.world, POLICE_AND_TRUST
    said = detention.Detained(
        power="s136",
        case=made.case_reference,
        location={"text": story.keep("Alpha Bridge, north side", *both)},
        source_incident_number=story.keep("INC-alphadetained-7731", *both),
        note=story.keep("alpha was calm with officers", *both),
    )
    held = act(world.police, detention.record, said=said)
    place = {"place": world.teams["trust"], "place_kind": "health_based"}
    arrived = milestones.Said("arrived", note=story.keep("alpha came by van", *both), **place)
    act(world.police, detention.enter, detention_id=held.pk, said=arrived)
    waits = officers.Waits(identifier=story.keep("PC alpha 7731", *both))
    act(world.police, officers.wait, detention_id=held.pk, said=waits)


def _decided_alone(story: Story, decided: threshold.Decided) -> None:
    """A decision after which nobody was asked: the police's own."""
    words = _words(story, "epsilon", "9990000069", "police")
    why = story.keep("rationale of epsilon", "police")
    alone = replace(decided, rationale=why, person=words["person"])
    made = act(story.world.police, threshold.record, decided=alone)
    story.own["police"] = {"ThresholdDecision": str(made.pk)}
    story.keep(str(made.pk), "police")
    story.keep(str(made.case_id), "police")
    story.keep(made.case.reference, "police")


def _stay_with(story: Story, made: Referral) -> None:
    """Somebody talks to the person until help arrives; the caller is to be rung back."""
    world, both = story.world, POLICE_AND_TRUST
    caller = call_back.Owed(story.keep("Kim Alphacaller", *both), "020 7946 0120")
    act(world.police, call_back.owe, reference=made.case_reference, owed=caller)
    note = story.keep("alpha speaks of her cat", *both)
    said = support.Said("control_room_worker", "phone", note)
    act(world.police, support.log, referral_id=made.pk, said=said)
    for colour in ("red", "blue"):
        _attach(story, world.police, made, f"alpha in {colour}", colour)


def _attach(story: Story, by: Actor, made: Referral, name: str, colour: str) -> None:
    """A photo of the person in this colour; a red one was somebody else's."""
    said = {"name": story.keep(f"{name}.png", *POLICE_AND_TRUST), "note": story.keep(name, *POLICE_AND_TRUST)}
    sent = attachment.Sent(picture("PNG", colour=colour), "photo", **said)
    kept = act(by, attachment.attach, case_id=made.case_id, sent=sent)
    story.keep(kept.sha256, *POLICE_AND_TRUST)
    if colour == "red":
        why = story.keep(f"not {name} at all", *POLICE_AND_TRUST)
        act(by, attachment.withdraw, attachment_id=kept.pk, reason=why)


def _beside(story, made, sender, receiver, name, seen_by, **more) -> Referral:
    """Another, supporting ask in the same case."""
    world = story.world
    asked = world.asked(
        case=made.case_reference,
        lead=False,
        person={},
        from_team=world.teams[sender],
        to_team=world.teams[receiver],
        summary=story.keep(f"summary of {name}", *seen_by),
        location={"text": story.keep(f"12 {name} street", *seen_by)},
        source_incident_number=story.keep(f"INC-{name}-7731", *seen_by),
        **more,
    )
    return act(getattr(world, sender), referrals.create, asked=asked)


def _left(story: Story) -> Made:
    """A case that the other trust declined and so has left; what it was asked it still sees."""
    world, stayed = story.world, frozenset({"police", "trust", "ambulance"})
    words = _words(story, "beta", "9990000034", *stayed)
    for once_known in (words["summary"], words["location"]["text"], words["source_incident_number"]):
        story.keep(once_known, *stayed, "other_trust")
    asked = world.asked(to_team=world.teams["other_trust"], **words)
    declined = act(world.police, referrals.create, asked=asked)
    reason = story.keep("beta lives north of the river", *stayed, "other_trust")
    move(world.other_trust, declined, "decline", reason=reason)
    why = story.keep("beta is the other trust's own", *stayed, "other_trust")
    dispute = {"reference": declined.case_reference, "action": "dispute", "reason": why}
    act(world.police, case_moves.move, **dispute)
    move(world.police, declined, "resend", to_team=world.teams["trust"])
    with acting_for(world.police.agency_id):
        child = Referral.objects.get(parent=declined.pk)
    info = story.keep("which beta floor", *stayed, "other_trust")  # a side of a dispute stays until it ends
    move(world.trust, child, "request_info", reason=info)
    move(world.trust, child, "accept")
    later = _beside(story, declined, "trust", "ambulance", "betalater", stayed)
    move(world.ambulance, later, "accept")
    return [("left", _now(world.police, declined), stayed | {"other_trust"}, stayed),
            ("after it left", _now(world.police, later), stayed, stayed)]  # fmt: skip


def _own_draft(story: Story) -> Made:
    """A draft of the police, in a case of its own, which the trust it is meant for does not know of."""
    words = _words(story, "gamma", "9990000042", "police")
    draft = act(story.world.police, referrals.create, asked=story.world.asked(draft=True, **words))
    return [("draft", draft, frozenset({"police"}), frozenset({"police"}))]


def _of_others(story: Story) -> Made:
    """A case between the ambulance service and the other trust: the police have no part in it."""
    world, both = story.world, frozenset({"ambulance", "other_trust"})
    words = _words(story, "delta", "9990000050", *both)
    asked = world.asked(from_team=world.teams["ambulance"], to_team=world.teams["other_trust"], **words)
    made = act(replace(world.ambulance, person=NamedPerson("Ann", "clinician", "1")),
               referrals.create, asked=asked)  # fmt: skip
    move(world.other_trust, made, "accept")
    return [("of others", _now(world.ambulance, made), both, both)]


def _link(story: Story, shared: Referral, own: Referral) -> None:
    """The police hold two cases to be of one person, of which the trust knows one."""
    asked = {"reference": shared.case_reference, "other_case": own.case_reference}
    act(story.world.police, case_moves.move, action="link", **asked)


def _missing(story: Story) -> Made:
    """A patient of the trust for whom the police look; and one whom the trust has not reported yet."""
    world, both, keep = story.world, POLICE_AND_TRUST, story.keep
    words = _words(story, "zeta", "9990000077", *both)
    said = missing.Reported(
        unit=world.teams["trust"],
        police=world.teams["police"],
        person=words["person"],
        facts={"last_seen_at": instant() - timedelta(hours=1), "immediate_risk": "yes"},
        details={"last_seen_place": keep("zeta garden", *both), "hair": keep("zeta red", *both)},
        reporter={"name": keep("Nurse Zeta", *both), "role": "nurse", "contact": "020 7946 0166"},
    )
    report = act(world.trust, missing.create, said=said)
    story.keep(report.reference, *both)
    note = keep("behind the zeta curtain", *both)
    act(world.trust, checklist.tick, report_id=report.pk, item="building", note=note)
    seen = sighting.Seen(keep("zeta bridge", *both), instant())
    act(world.police, sighting.log, report_id=report.pk, seen=seen)
    unsent = replace(said, person=_words(story, "eta", "9990000085", "trust")["person"],
                     details={"hair": keep("eta green", "trust")})  # fmt: skip
    draft = act(world.trust, missing.create, said=unsent, draft=True)
    for known in (str(draft.pk), draft.reference, str(draft.case_id), draft.case.reference):
        story.keep(known, "trust")
    with acting_for(world.trust.agency_id):
        asked = Referral.objects.get(pk=report.referral_id)
    _attach(story, world.trust, asked, "zeta at the sea", "green")
    return [("shared missing", asked, both, both)]


def _now(actor, referral: Referral) -> Referral:
    """The referral as it stands now."""
    with acting_for(actor.agency_id):
        return Referral.objects.get(pk=referral.pk)


def _aim(story: Story, made: tuple[str, Referral, frozenset, frozenset]) -> None:
    """The target, with the keys of its rows; and every key that cannot be told by counting is a secret."""
    name, referral, seen_by, case_seen_by = made
    known_before = dict(story.secrets)
    rows = {"Referral": [str(referral.pk)], "Case": [str(referral.case_id)], **_rows(referral)}
    rows["Message"] = [story.keep(key, agency) for key, agency in _messages(story, referral)]
    story.keep(str(referral.pk), *seen_by)
    story.keep(referral.reference, *seen_by)
    for known in (str(referral.case_id), referral.case_reference):
        story.keep(known, *case_seen_by, *seen_by, *story.secrets.get(known, ()))
    for key in [*rows["Person"], *(key for model in ROWS_OF_CASE for key in rows[model.__name__])]:
        story.keep(key, *case_seen_by)
    for key in rows["Dispute"]:  # whoever was disputed with has left, and knows of what it was asked
        story.keep(key, *seen_by, *known_before.get(key, ()))
    for key in [] if name == "left" else rows["Content"]:  # who has left may know a part of what it was asked
        story.keep(key, *seen_by)
    story.targets[name] = Target(
        name, str(referral.pk), referral.reference, referral.case_reference, referral.version,
        seen_by, case_seen_by, story.secrets[referral.case_reference], rows,
    )  # fmt: skip


def _find_fault(story: Story) -> None:
    """A check of the standing proof, which found something in every case."""
    with in_role_of("worker"):
        proof = Proof.objects.create(name="1", ran_at=instant(), took_ms=1, found=len(story.targets))
        for target in story.targets.values():
            referral = Referral.objects.get(pk=target.referral)
            what = story.keep(f"fault in [{target.name}]", *(target.seen_by & target.case_seen_by))
            Finding.objects.create(
                proof=proof, case_id=referral.case_id, referral=referral, reference="-", row="-", what=what
            )


def _rows(referral: Referral) -> dict[str, list[str]]:
    """The keys of what hangs off a referral, and off its case."""
    of_case = {model: {"case": referral.case_id} for model in (Person, *ROWS_OF_CASE)}
    of_referral = {model: {"referral": referral.pk} for model in (Content, Event, Clock, Demand, Escalation)}
    with in_role_of("worker"):
        reports = MissingReport.objects.filter(case=referral.case_id)
        unsent = MissingReport.objects.filter(state="draft", unit_agency=referral.from_agency_id)
        found = {"Report": reports, "UnsentReport": unsent}
        named = {label: list(of.values_list("reference", flat=True)) for label, of in found.items()}
        return named | {
            model.__name__: [
                str(key) for key in model.objects.filter(**those).order_by("pk").values_list("pk", flat=True)
            ]
            for model, those in {**of_case, **of_referral}.items()
        }


def _messages(story: Story, referral: Referral) -> list[tuple[str, str]]:
    """The keys of the messages about it, and whose each is."""
    names = {getattr(story.world, name).agency_id: name for name in EVERYBODY}
    with in_role_of("worker"):
        found = Message.objects.filter(about=f"referral:{referral.pk}").values_list("pk", "agency_id")
        return [(str(key), names[agency]) for key, agency in found]


def _own(story: Story, name: str) -> None:
    """Keys of what is this agency's own: a member and a shift changed for them, a user, a program, a line
    of the log."""
    agency_id = getattr(story.world, name).agency_id
    member = Membership.objects.get(user__username=f"at-{name}-{Role.WORKER}")
    client = ApiClient.objects.get(client_id=f"client-of-{name}")
    with in_role_of("worker"), connection.cursor() as cursor:
        cursor.execute("select max(id) from agencies_auditevent where agency_id = %s", [agency_id])
        line = cursor.fetchone()[0]
    hook = _hook(story, name)
    if name in POLICE_AND_TRUST:
        story.own.setdefault(name, {})["AgreementVersion"] = _draft(story, name)
    story.own.setdefault(name, {}).update(
        Membership=str(member.pk),
        Team=str(member.team_id),
        ShiftOverride=str(ShiftOverrideFactory(membership=member).pk),
        User=str(member.user_id),
        ApiClient=str(client.pk),
        AuditEvent=str(line),
        WebhookEndpoint=hook,
        WebhookDelivery=_delivery(hook),
    )
    assert AccessToken.objects.filter(application=client).count() == 2


def _hook(story: Story, name: str) -> str:
    """An agency's webhook, to which its first events are owed."""
    keep = story.keep
    said = {
        "url": keep(f"https://hooks.{name}.example/rcrp", name),
        "description": keep(f"log of {name}", name),
    }
    made, _ = act(getattr(story.world, name), webhook.register, said={**said, "after": 0})
    with in_role_of("worker"):
        webhook.fan_out()
    return keep(str(made.pk), name)


def _delivery(hook: str) -> str:
    """The last that is owed to a webhook; of an agency without events, what tries it."""
    with in_role_of("worker"):
        found = WebhookDelivery.objects.filter(endpoint=hook).order_by("-id").first()
        return str(found.pk) if found else "0"


def _draft(story: Story, name: str) -> str:
    """A draft of what this agency and the ambulance service may agree, which nobody else knows of."""
    world = story.world
    boss = getattr(world, name).asserting(NamedPerson("Dee Example", "director", "020 7946 0109"))
    ends = {"sender": world.teams[name].agency, "receiver": world.teams["ambulance"].agency}
    made = act(boss, drafting.draft, category="conveyance", **ends)
    text = story.keep(f"{name} would rather wait", name, "ambulance")
    act(boss, drafting.remark, version_id=made.pk, text=text)
    return str(made.pk)
