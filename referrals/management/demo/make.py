"""Makes the whole demonstration, or gives it new passwords where their file was lost."""

from collections.abc import Callable
from pathlib import Path

from django.db import transaction

from referrals.management.demo import access, agreements, cases, directory, phases, roster
from referrals.management.demo.cast import Cast
from referrals.management.demo.places import PLACES

Said = Callable[[int], None]
"""Called with 1 for each case told."""


def everything(path: Path, base_url: str, told: Said) -> None:
    """Agencies, people, clients and cases, all or nothing; then the file that says how to get in."""
    passwords = access.passwords(PLACES)
    with access.hashed(passwords) as hashes, transaction.atomic():
        agencies = directory.open_agencies(PLACES)
        teams = directory.open_desks(PLACES, agencies)
        directory.take_on(PLACES, teams)
        clients = access.let_in(PLACES, agencies)
        members = directory.memberships(PLACES)
        phases.declare(members)
        agreements.agree(members)
        cast = Cast(members, [new.client for new in clients])
        cases.tell(roster.entries(), teams, cast, lambda: told(1))
        access.set_passwords(hashes())
    access.write(path, access.told(base_url, members, clients, passwords))


def new_passwords(path: Path, base_url: str) -> None:
    """The file was lost, and nobody can read a password or a secret back: make new ones."""
    passwords = access.passwords(PLACES)
    with access.hashed(passwords) as hashes, transaction.atomic():
        clients = access.renew(PLACES, hashes())
    access.write(path, access.told(base_url, directory.memberships(PLACES), clients, passwords))
