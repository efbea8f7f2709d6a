"""What is wrong is said in the house's words, whoever found it; programs keep their codes."""

import pytest

from referrals.domain.referral import State
from referrals.screens.said import said
from tests.factories.world import move, referral_at


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("This field is required.", "Fill this in"),
        (
            "Ensure this value has at most 4000 characters (it has 4100).",
            "At most 4,000 characters: this has 4,100",
        ),
        ("Ensure this value is less than or equal to 50.", "At most 50"),
        ("Ensure this value is greater than or equal to 1.", "At least 1"),
        ("A time that has passed, with its offset", "A time that has passed"),
        (
            "A referral that is in_progress cannot take start",
            "The referral stands at “In progress”: “Start: the person was reached” is not possible"
            " from there",
        ),
        (
            "Only the receiver or the sender can request_info",
            "Only the receiver or the sender can do this: “Ask a question”",
        ),
        (
            "A supervisor or more senior must enter_in_error; worker is not",
            "A supervisor or more senior must do this: “Entered in error”; worker is not",
        ),
        ("Only the accountable agency can close the case", "Only the accountable agency can close the case"),
        ("Say it in a sentence", "Say it in a sentence"),
    ],
)
def test_an_error_is_said_as_a_person_is_told_it(error, told):
    assert said(error) == told


def test_what_is_too_long_and_what_is_too_late_is_said_so(world, desk):
    referral = referral_at(State.SENT, world)
    address = f"/tracker/referrals/{referral.reference}/"
    shown = desk("trust").post(address + "request_info/", {"reason": "x" * 4100}).content.decode()
    assert shown.count("At most 4,000 characters: this has 4,100") == 2
    move(world.trust, referral, "acknowledge")
    shown = desk("trust").post(address + "acknowledge/", {}).content.decode()
    assert "The referral stands at “Acknowledged, not decided”" in shown
    assert "cannot take" not in shown


def test_the_arbiter_is_called_by_name(world, desk, as_superuser):
    address = f"/tracker/cases/{referral_at(State.SENT, world).case_reference}/"
    desk("trust").post(address + "dispute/", {"reason": "Not our area."})
    as_superuser.execute("alter table referrals_dispute disable trigger user")
    as_superuser.execute("update referrals_dispute set arbiter = %s", [world.teams["ambulance"].agency.code])
    as_superuser.execute("alter table referrals_dispute enable trigger user")
    as_superuser.commit()
    shown = desk("trust").get(address).content.decode()
    assert f"and the arbiter, {world.teams['ambulance'].agency.name}." in shown
