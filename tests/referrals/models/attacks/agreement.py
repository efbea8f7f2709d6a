"""An agreement goes live signed by both, at a time to come; a draft is its sides'; what is agreed stays."""

from tests.referrals.models.attacks import Attack, constraint, trigger

DRAFT = """select v.id from referrals_agreementversion v join referrals_agreement a on a.id = v.agreement_id
            where v.live_from is null and a.from_agency_id = %(police)s"""
AGREED = """select v.id from referrals_agreementversion v join referrals_agreement a on a.id = v.agreement_id
             where v.live_from > now() and a.from_agency_id = %(police)s"""
STEP = """insert into referrals_agreementstep (version_id, kind, agency_id, actor, text, terms_digest, at)
          values (({}), 'signed', {}, '{{}}', '', '', now())"""
GO_LIVE = """insert into referrals_agreementgolive (version_id, live_from, reason, set_by, set_at)
             values (({}), now() + interval '{}', 'raw', '{{}}', now())"""
BOTH = (STEP.format(DRAFT, "%(police)s"), STEP.format(DRAFT, "%(ambulance)s"))
REVIEW = """terms || '{"review_on": "2030-01-01"}'"""
EDIT = f"update referrals_agreementversion set terms = {REVIEW} where id = ({DRAFT})"
LIVE = trigger("agreement_goes_live", "agreementgolive")
VERSION = """insert into referrals_agreementversion (agreement_id, number, terms, live_from)
             select agreement_id, {}, '{{}}', {} from referrals_agreementversion where id = ({})"""
SCOPE = """insert into referrals_agreement (name, from_agency_id, to_agency_id, from_kind, to_kind, category)
           values ('raw', {}, {}, '', '', '')"""


KINDS = """insert into referrals_agreement (name, from_kind, to_kind, category)
           values ('raw', '{}', '{}', '')"""
BETWEEN_KINDS = KINDS.format("police", "ambulance_trust")
THEIR_DRAFT = """insert into referrals_agreementversion (agreement_id, number, terms)
                 select id, 1, '{}' from referrals_agreement where name = 'raw'"""
RAW = """select v.id from referrals_agreementversion v join referrals_agreement a on a.id = v.agreement_id
          where a.name = 'raw'"""


def owner(title: str, rule: str, guard: str, *statements: str) -> Attack:
    """By the owner of the tables, whom no policy stops."""
    return Attack(f"agreement: {title}", rule, guard, statements, "owner")


def web(title: str, guard: str, *statements: str, agency: str = "police") -> Attack:
    """By an agency, in the application's own role."""
    return Attack(f"agreement: {title}", "row security", guard, statements, agency=agency)


OPEN = "alter table referrals_{} disable row level security"

ATTACKS = [
    owner("goes live signed by nobody", "agreement_is_signed_by_both", LIVE, GO_LIVE.format(DRAFT, "1 day")),
    owner("goes live signed by one", "agreement_is_signed_by_both", LIVE, BOTH[0],
          GO_LIVE.format(DRAFT, "1 day")),
    owner("goes live with another text than was signed", "agreement_is_signed_by_both", LIVE, *BOTH, EDIT,
          GO_LIVE.format(DRAFT, "1 day")),
    owner("goes live in the past", "agreement_goes_live_ahead", LIVE, *BOTH,
          GO_LIVE.format(DRAFT, "-1 day")),
    owner("between kinds, goes live signed by one of them", "agreement_is_signed_by_each_kind", LIVE,
          BETWEEN_KINDS, THEIR_DRAFT, STEP.format(RAW, "%(police)s"), GO_LIVE.format(RAW, "1 day")),
    owner("another text of what is agreed", "append only",
          trigger("a_live_version_is_immutable", "agreementversion"),
          f"update referrals_agreementversion set terms = '{{}}' where id = ({AGREED})"),
    owner("another date without a reason", "append only",
          trigger("a_live_version_is_immutable", "agreementversion"),
          "update referrals_agreementversion set live_from = now() + interval '9 days'"
          f" where id = ({AGREED})"),
    owner("two drafts at a time", "one_draft_of_an_agreement",
          constraint("one_draft_of_an_agreement", "agreementversion"), VERSION.format(9, "null", DRAFT)),
    owner("two for one scope", "one_agreement_for_a_scope",
          constraint("one_agreement_for_a_scope", "agreement"), SCOPE.format("null", "null")),
    web("one for all, by a force", OPEN.format("agreement"), SCOPE.format("%(police)s", "null")),
    web("one between others", OPEN.format("agreement"), SCOPE.format("%(trust)s", "%(ambulance)s")),
    web("one between other kinds", OPEN.format("agreement"), KINDS.format("nhs_111", "ambulance_trust")),
    web("one of a kind with all", OPEN.format("agreement"), KINDS.format("police", "")),
    web("a version that is born live", OPEN.format("agreementversion"),
        VERSION.format(9, "now()", AGREED)),
    web("signed in another's name", OPEN.format("agreementstep"), STEP.format(DRAFT, "%(ambulance)s")),
    web("dated by a stranger", OPEN.format("agreementgolive"), GO_LIVE.format(AGREED, "2 days"),
        agency="stranger"),
]  # fmt: skip
