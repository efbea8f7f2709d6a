"""Files of a case: attached by a party, read by their audience, withdrawn and never deleted."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from agencies.acting import acting_for
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded, Stale
from referrals.domain.referral import State
from referrals.models import Content, Event
from referrals.models.keys import instant
from referrals.reporting.attachment import of_case
from referrals.services import attachment, case_moves, keeping
from referrals.services import referral as referrals
from referrals.services.attachment import Sent
from referrals.services.cleaning.__main__ import answer
from tests.factories.world import act, move, referral_at
from tests.files import made
from tests.referrals.services.reading import events

PHOTO = Sent(made.photo(), "photo", "mum at the sea.jpg", "taken last week")


@pytest.fixture(autouse=True)
def kept_here(settings, tmp_path, monkeypatch):
    """A storage of the test's own; files are opened in this process."""
    place = {**settings.STORAGES["attachments"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "attachments": place}
    monkeypatch.setattr("referrals.services.inspection._asked", answer)
    return tmp_path


@pytest.fixture
def sent(world):
    return referral_at(State.SENT, world)


def attach(by, referral, what=PHOTO, **more):
    return act(by, attachment.attach, case_id=referral.case_id, sent=what, **more)


def seen(by, referral):
    with acting_for(by.agency_id):
        return of_case(referral.case_id, by)


def files(place):
    return [path for path in place.rglob("*") if path.is_file()]


def test_any_party_attaches_and_every_party_sees_what_it_is(world, sent, kept_here):
    kept = attach(world.trust, sent)
    (one,) = seen(world.police, sent)
    assert (one.name, one.note, one.withdrawal) == ("mum at the sea.jpg", "taken last week", None)
    assert (one.row.kind, one.row.media_type, one.row.pages) == ("photo", "image/jpeg", None)
    assert (one.row.width, one.row.height) == (40, 60)
    assert keeping.read(one.row) == files(kept_here)[0].read_bytes()
    assert hashlib.sha256(keeping.read(one.row)).hexdigest() == kept.sha256
    assert events(world.police, sent)[-1] == "attachment.added"
    assert kept.actor["name"] == "Amy Example"


def test_the_event_and_the_file_names_hold_nothing_that_the_sender_wrote(world, sent, kept_here):
    kept = attach(world.trust, sent)
    with acting_for(world.police.agency_id):
        event = Event.objects.get(case=sent.case_id, type="attachment.added")
        text = Content.objects.get(pk=kept.content_id)
    assert "mum" not in str(event.data)
    assert event.data["content"][0]["id"] == str(text.pk)
    assert text.body["sha256"] == kept.sha256, "the chain holds a digest of what says which file it was"
    assert "mum" not in str(files(kept_here)[0])
    (one,) = seen(world.police, sent)
    assert "mum" not in one.saved_as
    assert one.saved_as.endswith(".jpg")


def test_when_it_was_taken_stands_beside_when_it_was_entered(world, sent):
    earlier = instant() - timedelta(hours=2)
    kept = attach(world.police, sent, Sent(made.pdf(), "document", occurred_at=earlier))
    assert kept.occurred_at == earlier
    assert kept.recorded_at > earlier
    with pytest.raises(Invalid):
        attach(world.police, sent, Sent(made.png(), "photo", occurred_at=instant() + timedelta(hours=1)))


@pytest.mark.parametrize(
    ("kind", "by", "readers"),
    [
        ("photo", "trust", {"trust", "police", "ambulance"}),
        ("clinical_document", "trust", {"trust", "ambulance"}),
        ("police_document", "police", {"police"}),
    ],
)
def test_its_kind_says_who_reads_it(world, sent, kind, by, readers):
    asked = world.asked(case=sent.case_reference, lead=False, person={}, to_team=world.teams["ambulance"])
    act(world.police, referrals.create, asked=asked)
    attach(getattr(world, by), sent, Sent(made.png(), kind))
    found = {
        name for name in ("police", "trust", "ambulance", "stranger") if seen(getattr(world, name), sent)
    }
    assert found == readers


def test_nobody_attaches_what_their_own_kind_of_agency_does_not_read(world, sent):
    for by, kind in ((world.police, "clinical_document"), (world.trust, "police_document")):
        with pytest.raises(Invalid) as refusal:
            attach(by, sent, Sent(made.pdf(), kind))
        assert "/kind" in refusal.value.errors


def test_a_pdf_is_no_photo(world, sent):
    with pytest.raises(Invalid) as refusal:
        attach(world.police, sent, Sent(made.pdf(), "photo"))
    assert "/kind" in refusal.value.errors


def test_the_same_file_stands_in_a_case_once_and_again_after_it_was_withdrawn(world, sent):
    first = attach(world.trust, sent)
    with pytest.raises(MoveNotAllowed):
        attach(world.police, sent)
    act(world.trust, attachment.withdraw, attachment_id=first.pk, reason="another patient")
    again = attach(world.trust, sent)
    assert again.sha256 == first.sha256
    assert [bool(each.withdrawal) for each in seen(world.police, sent)] == [False, True]
    other = referral_at(State.SENT, world)
    attach(world.trust, other)


def test_nobody_learns_of_a_file_that_they_do_not_read_by_attaching_the_same(world, sent):
    attach(world.trust, sent, Sent(made.pdf(), "clinical_document"))
    kept = attach(world.police, sent, Sent(made.pdf(), "document"))
    assert [each.row.pk for each in seen(world.police, sent)] == [kept.pk]
    assert len(seen(world.trust, sent)) == 2


def test_whoever_attached_it_withdraws_it_for_a_reason_and_the_file_stays(world, sent, kept_here):
    kept = attach(world.trust, sent)
    with pytest.raises(NotYourMove):
        act(world.police, attachment.withdraw, attachment_id=kept.pk, reason="not ours")
    with pytest.raises(ReasonNeeded):
        act(world.trust, attachment.withdraw, attachment_id=kept.pk, reason="")
    act(world.trust, attachment.withdraw, attachment_id=kept.pk, reason="another patient")
    (one,) = seen(world.police, sent)
    assert one.reason == "another patient"
    assert one.withdrawal.actor["name"] == "Amy Example"
    assert events(world.police, sent)[-1] == "attachment.withdrawn"
    assert len(files(kept_here)) == 1
    with pytest.raises(MoveNotAllowed):
        act(world.trust, attachment.withdraw, attachment_id=kept.pk, reason="again")


def test_a_closed_case_takes_no_file_and_lets_one_be_withdrawn(world):
    closed = referral_at(State.SENT, world)
    kept = attach(world.police, closed)
    move(world.police, closed, "cancel")
    act(world.police, case_moves.move, reference=closed.case_reference, action="close", reason="found")
    with pytest.raises(MoveNotAllowed):
        attach(world.police, closed, Sent(made.pdf(), "document"))
    act(world.police, attachment.withdraw, attachment_id=kept.pk, reason="the wrong person")


def test_a_stranger_a_nameless_program_and_an_old_version_are_refused(world, sent):
    with pytest.raises(NotThere):
        attach(world.stranger, sent)
    with pytest.raises(ReasonNeeded):
        attach(world.police.asserting(None), sent)
    with pytest.raises(Stale):
        attach(world.police, sent, version=99)
    kept = attach(world.police, sent)
    with pytest.raises(NotThere):
        act(world.stranger, attachment.withdraw, attachment_id=kept.pk, reason="x")


def test_of_two_who_attach_the_same_file_at_once_one_does(world, sent, race):
    outcomes = race(*[lambda: attach(world.trust, sent)] * 2)
    assert sorted(type(each.error).__name__ for each in outcomes) == ["MoveNotAllowed", "NoneType"]
    assert len(seen(world.police, sent)) == 1


def test_a_file_that_is_gone_or_damaged_is_never_given_out(world, sent, kept_here):
    kept = attach(world.trust, sent)
    (path,) = files(kept_here)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(keeping.Damaged):
        keeping.read(kept)
    path.unlink()
    with pytest.raises(keeping.Damaged):
        keeping.read(kept)


def test_what_a_crash_left_is_swept_after_a_day_and_nothing_else(world, sent, kept_here, in_role, capsys):
    kept, gone = attach(world.trust, sent), attach(world.trust, sent, Sent(made.pdf(), "document"))
    act(world.trust, attachment.withdraw, attachment_id=gone.pk, reason="the wrong one")
    orphan = keeping.keep(b"no row came", "0" * 64, kept.pk)
    now = datetime.now(UTC)
    with in_role("worker"):
        assert keeping.sweep(now) == 0
        assert list(keeping.without_rows(now + timedelta(days=2))) == [orphan]
        assert keeping.sweep(now + timedelta(days=2)) == 1
        call_command("sweep_attachments")
        call_command("sweep_attachments", "--remove")
    assert "0 files removed" in capsys.readouterr().out
    assert len(files(kept_here)) == 2
    with acting_for(world.trust.agency_id):
        assert keeping.read(kept)


def test_a_file_whose_row_was_not_written_harms_nobody(world, sent, monkeypatch, kept_here):
    monkeypatch.setattr(attachment.Act, "write", lambda act: (_ for _ in ()).throw(RuntimeError("killed")))
    with pytest.raises(RuntimeError, match="killed"):
        attach(world.trust, sent)
    monkeypatch.undo()
    assert len(files(kept_here)) == 1
    assert seen(world.police, sent) == []
