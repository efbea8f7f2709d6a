"""A file stands in a case once at a time, is what it says it is, and is withdrawn by whoever attached it."""

from tests.referrals.models.attacks import Attack, constraint, trigger

HERE = "where case_id = %(in_progress_case)s"
STANDS = f"{HERE} and id not in (select attachment_id from referrals_attachmentwithdrawal)"
GONE = f"{HERE} and id in (select attachment_id from referrals_attachmentwithdrawal)"
OTHER = "'id', gen_random_uuid(), 'stored', gen_random_uuid()::text"
HASH = "repeat('a', 64)"


def again(change: str) -> str:
    """One more file like the one that stands, but for this."""
    return (
        "insert into referrals_attachment select"
        f" (jsonb_populate_record(r, jsonb_build_object({OTHER}, {change}))).*"
        f" from referrals_attachment r {STANDS} limit 1"
    )


def withdraw(agency: str, which: str = STANDS) -> str:
    """Take back the one that stands."""
    return (
        "insert into referrals_attachmentwithdrawal"
        " (id, attachment_id, case_id, agency_id, actor, occurred_at, recorded_at, reason_id)"
        f" select gen_random_uuid(), id, case_id, %({agency})s, '{{}}', now(), now(), gen_random_uuid()"
        f" from referrals_attachment {which}"
    )


def checked(title: str, rule: str, change: str) -> Attack:
    """A row that contradicts itself."""
    return Attack(title, rule, constraint(rule, "attachment"), (again(change),))


ONCE = "a_file_is_in_a_case_once"
ATTACKS = [
    Attack("the same file twice", ONCE, constraint(ONCE, "attachment"), (again("'copy', 0"),)),
    Attack("the same file as another copy", ONCE, trigger(ONCE, "attachment"), (again("'copy', 7"),)),
    checked("a file of no kind", "attachment_is_of_a_kind_there_is", f"'kind', 'secret', 'sha256', {HASH}"),
    checked("a picture with pages", "attachment_is_a_picture_or_a_pdf", f"'pages', 1, 'sha256', {HASH}"),
    checked("a file of another type", "attachment_is_a_picture_or_a_pdf",
            f"'media_type', 'text/html', 'kind', 'document', 'sha256', {HASH}"),
    checked("a photo that is a PDF", "attachment_photo_is_a_picture",
            "'media_type', 'application/pdf', 'width', null, 'height', null, 'pages', 1,"
            f" 'sha256', {HASH}"),
    checked("a file without a size", "attachment_has_its_size_and_hash", f"'size', 0, 'sha256', {HASH}"),
    checked("a file without a hash", "attachment_has_its_size_and_hash", "'sha256', 'none'"),
    Attack("another agency's file is taken back", "a_file_is_withdrawn_by_its_agency",
           trigger("a_file_is_withdrawn_by_its_agency", "attachmentwithdrawal"), (withdraw("trust"),),
           agency="trust"),
    Attack("a file is taken back twice", "referrals_attachmentwithdrawal_attachment_id_key",
           constraint("referrals_attachmentwithdrawal_attachment_id_key", "attachmentwithdrawal"),
           (withdraw("police", GONE),)),
]  # fmt: skip
