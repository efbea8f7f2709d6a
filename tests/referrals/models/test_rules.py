"""Each rule of the database refuses what breaks it, and nothing else would have."""

import pytest

from tests.referrals.models.attacks import (
    accountability,
    agreement,
    attachment,
    chain,
    codes,
    detention,
    dispute,
    lifecycle,
    missing,
    moves,
    sandbox,
    support,
    taking,
    threshold,
    watched,
    webhook,
)

ATTACKS = [
    *accountability.ATTACKS,
    *watched.ATTACKS,
    *lifecycle.ATTACKS,
    *moves.ATTACKS,
    *chain.ATTACKS,
    *codes.ATTACKS,
    *taking.ATTACKS,
    *threshold.ATTACKS,
    *support.ATTACKS,
    *webhook.ATTACKS,
    *dispute.ATTACKS,
    *agreement.ATTACKS,
    *detention.ATTACKS,
    *missing.ATTACKS,
    *sandbox.ATTACKS,
    *attachment.ATTACKS,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_the_attack_is_refused_by_the_rules_name(attempt, attack):
    assert attempt(attack.role)(*attack.statements, agency=attack.agency) == attack.rule


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_the_attack_succeeds_where_the_rule_is_absent(without, attack):
    assert without(attack.guard, attack.role, *attack.statements, agency=attack.agency) is None
