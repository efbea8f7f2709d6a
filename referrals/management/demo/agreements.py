"""What the demonstration's agencies have agreed, will, and are still talking about."""

from collections.abc import Iterable
from datetime import timedelta

from agencies.acting import Actor, acting_for, member
from agencies.models import Agency, Membership
from agencies.roles import Role
from referrals.domain.case import Category
from referrals.management.demo.places import AMBULANCE, FLEETHAM, NORTHBANK, POLICE, SOUTHBANK
from referrals.models import AgreementVersion
from referrals.models.keys import instant
from referrals.services import drafting

SOON, PLANNED, MOVED = timedelta(minutes=1), timedelta(days=30), timedelta(days=91)
REVIEW = timedelta(days=365)


class Talks:
    """Directors of both sides, who draft, sign and date."""

    def __init__(self, members: Iterable[Membership]) -> None:
        directors = [each for each in members if each.role == Role.DIRECTOR]
        self.directors: dict[str, Actor] = {each.agency.code: member(each) for each in directors}
        self.agencies: dict[str, Agency] = {each.agency.code: each.agency for each in directors}

    def draft(self, sender: str, receiver: str, category: Category, **minutes: int) -> AgreementVersion:
        """A text with some other targets, at P2, than those that hold."""
        by = self.directors[sender]
        with acting_for(by.agency_id):
            ends = {"sender": self.agencies[sender], "receiver": self.agencies[receiver]}
            made = drafting.draft(**ends, category=category, by=by)
            made.terms["targets"]["P2"] |= minutes
            whole = {
                **made.terms,
                "arbiter": FLEETHAM.code,
                "review_on": (instant() + REVIEW).date().isoformat(),
            }
            return drafting.edit(version_id=made.pk, terms=whole, by=by)

    def sign(self, version: AgreementVersion, *codes: str) -> None:
        """For these agencies."""
        for code in codes:
            by = self.directors[code]
            with acting_for(by.agency_id):
                drafting.sign(version_id=version.pk, by=by)

    def date(self, version: AgreementVersion, code: str, after: timedelta, reason: str) -> None:
        """Give it a go-live date, or another."""
        by = self.directors[code]
        with acting_for(by.agency_id):
            said = {"live_from": instant() + after, "reason": reason}
            drafting.set_go_live(version_id=version.pk, by=by, **said)


def agree(members: Iterable[Membership]) -> None:
    """One that holds, one whose date was moved, one that is signed by one side, one that is talked about."""
    talks = Talks(members)
    police, north, south = POLICE.code, NORTHBANK.code, SOUTHBANK.code
    live = talks.draft(police, north, Category.CONCERN_FOR_WELFARE, acknowledge=12, decide=25)
    talks.sign(live, police, north)
    talks.date(live, police, SOON, "As both boards agreed.")
    moved = talks.draft(police, south, Category.CONCERN_FOR_WELFARE, acknowledge=20, decide=45)
    talks.sign(moved, police, south)
    talks.date(moved, south, PLANNED, "Phase 1, as the concordat has it.")
    talks.date(moved, police, MOVED, "Southbank asked for two months more, to staff the night.")
    half = talks.draft(police, AMBULANCE.code, Category.CONVEYANCE, acknowledge=10)
    talks.sign(half, police)
    open_ = talks.draft(north, AMBULANCE.code, Category.CONVEYANCE, decide=25)
    by = talks.directors[AMBULANCE.code]
    with acting_for(by.agency_id):
        text = "25 minutes leaves our clinical desk no time to ring the ward back. Could it be 30?"
        drafting.remark(version_id=open_.pk, text=text, by=by)
