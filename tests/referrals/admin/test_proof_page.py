"""The standing proof in the admin: for overseers, with the references of their own cases alone."""

import pytest
from django.test import Client
from django.urls import reverse

from agencies.models import Membership
from agencies.roles import Role
from referrals.domain.referral import State
from referrals.models import Finding, Proof
from referrals.models.keys import instant
from tests.factories.world import referral_at


def signed_in(actor, role=Role.MANAGER) -> Client:
    user = Membership.objects.get(agency=actor.agency_id, role=role).user
    user.is_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def found(world, in_role):
    """A referral that was sent, and a draft, each found unwatched."""
    made = [referral_at(State.SENT, world), referral_at(State.DRAFT, world)]
    with in_role("worker"):
        proof = Proof.objects.create(name="watched", ran_at=instant(), took_ms=12, found=2)
        for each in made:
            Finding.objects.create(proof=proof, case_id=each.case_id, referral=each, reference=each.reference,
                                   row=str(each.pk), what="without its clock")  # fmt: skip
    return made


def test_the_list_says_what_was_checked_and_how_many_were_found(world, found):
    page = signed_in(world.trust).get(reverse("admin:referrals_proof_changelist")).content.decode()
    assert "Everything open has its clocks running." in page
    assert found[0].reference not in page


@pytest.mark.parametrize(
    ("who", "seen", "others"),
    [("police", (True, True), 0), ("trust", (True, False), 1), ("stranger", (False, False), 2)],
)
def test_a_reader_sees_the_references_of_its_own_cases_and_the_number_of_the_rest(
    world, found, who, seen, others
):
    page = signed_in(getattr(world, who)).get(reverse("admin:referrals_proof_change", args=["watched"]))
    text = page.content.decode()
    assert tuple(each.reference in text for each in found) == seen
    assert f'<div class="readonly">{others}</div>' in text


def test_row_security_alone_hides_other_agencies_findings(world, found, as_web):
    def seen(actor):
        as_web.execute("select set_config('app.agency_ids', %s, true)", [str(actor.agency_id)])
        return {ref for (ref,) in as_web.execute("select reference from referrals_finding")}

    assert seen(world.police) == {each.reference for each in found}
    assert seen(world.trust) == {found[0].reference}
    assert seen(world.stranger) == set()


def test_it_is_for_overseers(world, found):
    pages = [
        reverse("admin:referrals_proof_changelist"),
        reverse("admin:referrals_proof_change", args=["watched"]),
    ]
    assert [signed_in(world.trust, Role.WORKER).get(page).status_code for page in pages] == [403, 403]


def test_nothing_can_be_added_or_changed(world, found):
    client = signed_in(world.trust)
    assert client.get(reverse("admin:referrals_proof_add")).status_code == 403
    assert (
        client.post(reverse("admin:referrals_proof_change", args=["watched"]), {"found": 0}).status_code
        == 403
    )
