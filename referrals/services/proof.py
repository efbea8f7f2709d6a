"""Keeping what the standing proof found, and how far it has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from referrals.models import Finding, Proof, ProofCursor
from referrals.models.keys import instant

MOST_KEPT = 1000
"""Rows kept of one check; the count tells of all."""


class Row(NamedTuple):
    """One row that breaks a promise: what it is about, its key, and what is wrong with it."""

    reference: str
    case_id: UUID | None
    referral_id: UUID | None
    row: str
    what: str


@dataclass(frozen=True)
class Outcome:
    """What one check found: how many rows, the first of them, how long it took, why it could not be run."""

    name: str
    found: int
    rows: Sequence[Row]
    took_ms: int
    trouble: str = ""

    @property
    def well(self) -> bool:
        """It was run, and found nothing."""
        return not self.found and not self.trouble


def cursors() -> dict[str, str]:
    """How far each check has come."""
    return dict(ProofCursor.objects.values_list("name", "position"))


def standing(name: str) -> list[Finding]:
    """What a check found the last time."""
    return list(Finding.objects.filter(proof_id=name))


@transaction.atomic
def keep(outcomes: Sequence[Outcome], positions: Mapping[str, str]) -> None:
    """Replace what was found before, and note how far the checks have come."""
    now = instant()
    for outcome in outcomes:
        Proof.objects.update_or_create(
            name=outcome.name,
            defaults={
                "ran_at": now,
                "took_ms": outcome.took_ms,
                "found": outcome.found,
                "trouble": outcome.trouble,
            },
        )
        if outcome.trouble:
            continue  # what stood before stands
        Finding.objects.filter(proof_id=outcome.name).delete()
        Finding.objects.bulk_create(
            Finding(proof_id=outcome.name, **row._asdict()) for row in outcome.rows[:MOST_KEPT]
        )
    for name, position in positions.items():
        ProofCursor.objects.update_or_create(name=name, defaults={"position": position})
