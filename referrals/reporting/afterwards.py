"""Measures of what came after: whether the same person is referred again, or comes to harm.

A case counts once, by the first referral in it that the agency asked or was asked; a further one in the same
case is none again. Two cases are of one person by the NHS number, by both names and the day of birth, or
because the agency linked them. Counted over what the agency keeps for its figures (the views ``kept_...``).
"""

from typing import Any

from referrals.reporting.report import Asked, Definition, Line, Tally, rows, share, week_of

GROUPS = {"all": "'all'", "week": week_of("f.sent_at"), "category": "f.category", "priority": "f.priority"}
OURS = "%(agency)s in (:r.from_agency_id, :r.to_agency_id, :t.agency_id) and :r.state <> 'entered_in_error'"
FIRST = """
with first as (
  select r.id, r.case_id, r.sent_at, r.category, r.priority
    from referrals_referral r join agencies_team t on t.id = r.to_team_id
   where :ours and r.sent_at >= %(since)s and r.sent_at < %(until)s and not exists (
     select from referrals_referral e join agencies_team s on s.id = e.to_team_id
      where :earlier and e.case_id = r.case_id and (e.sent_at, e.id) < (r.sent_at, r.id))),
other as materialized (
  select f.id, f.sent_at, s.other_id as case_id from first f cross join lateral (
    select k.other_id from kept_same_person k
     where k.kept_by = %(agency)s and k.case_id = f.case_id offset 0) s
  union
  select f.id, f.sent_at, case when l.one_id = f.case_id then l.other_id else l.one_id end
    from first f join referrals_caselink l on f.case_id in (l.one_id, l.other_id)
   where l.agency_id = %(agency)s and l.ended_at is null)
""".replace(":ours", OURS.replace(":r", "r").replace(":t", "t")).replace(
    ":earlier", OURS.replace(":r", "e").replace(":t", "s")
)
AGAIN = """:first,
next as (
  select o.id, min(n.sent_at) as again
    from other o join referrals_referral n on n.case_id = o.case_id and n.sent_at > o.sent_at
    join agencies_team s on s.id = n.to_team_id
   where :next group by o.id),
told as (select :group as grouped, f.sent_at, x.again from first f left join next x on x.id = f.id)
select grouped, count(*) filter (where old3), count(*) filter (where old3 and again < sent_at + three),
       count(*) filter (where old7), count(*) filter (where old7 and again < sent_at + seven),
       count(*) filter (where not old3)
  from (select *, interval '72 hours' as three, interval '7 days' as seven,
               sent_at <= %(now)s - interval '72 hours' as old3,
               sent_at <= %(now)s - interval '7 days' as old7 from told) t
 group by 1 order by 1
""".replace(":next", OURS.replace(":r", "n").replace(":t", "s")).replace(":first", FIRST)
# Of several statements in a case the last holds: so one is taken back.
ADVERSE = """:first,
cases as (select id, sent_at, case_id from first union select id, sent_at, case_id from other),
came as (
  select c.id, c.sent_at, a.outcome, a.inquest, a.occurred_at as at
    from cases c cross join lateral (
      select k.outcome, k.inquest, k.occurred_at from kept_adverse k
       where k.kept_by = %(agency)s and k.case_id = c.case_id order by k.seq desc limit 1) a
   where a.outcome in ('death', 'serious_harm')
  union all
  select c.id, c.sent_at, 'missing_high', 'no', m.missing_since
    from cases c cross join lateral (
      select x.missing_since from kept_missingreport x
       where x.case_id = c.case_id and x.kept_by = %(agency)s and x.grade = 'high'
         and x.cancelled is not true offset 0) m),
harm as (
  select id, bool_or(true) as adverse, bool_or(inquest = 'yes') as inquest,
         bool_or(outcome = 'death') as death, bool_or(outcome = 'serious_harm') as serious_harm,
         bool_or(outcome = 'missing_high') as missing_high
    from came where at >= sent_at and at < sent_at + interval '7 days' group by id),
told as (
  select :group as grouped, f.sent_at <= %(now)s - interval '7 days' as old, h.*
    from first f left join harm h on h.id = f.id)
select grouped, count(*) filter (where old and adverse), count(*) filter (where old),
       count(*) filter (where old and inquest), count(*) filter (where old and death),
       count(*) filter (where old and serious_harm), count(*) filter (where old and missing_high),
       count(*) filter (where not old)
  from told group by 1 order by 1
""".replace(":first", FIRST)
OUTCOMES = ("death", "serious_harm", "missing_high")


def _again(asked: Asked) -> Tally:
    """One query."""
    found = _rows(AGAIN, asked, 6)
    lines: list[Line] = []
    for group, old3, again3, old7, again7, _ in found:
        lines += [share(group, again3, old3), share(f"{group}, within 7 days", again7, old7)]
    return Tally(
        lines, sum(row[1] for row in found), {"sent less than 72 hours ago": sum(row[5] for row in found)}
    )


def _adverse(asked: Asked) -> Tally:
    """One query; by outcome, the share of each: of one case there may be several."""
    found = _rows(ADVERSE, asked, 8)
    whole = sum(row[2] for row in found)
    lines: list[Line] = []
    for group, adverse, of, inquest, *_ in found:
        lines += [share(group, adverse, of), share(f"{group}, with an inquest", inquest, adverse)]
    if asked.by == "outcome":
        lines = [share(name, sum(row[at] for row in found), whole) for at, name in enumerate(OUTCOMES, 4)]
    return Tally(lines, whole, {"sent less than 7 days ago": sum(row[7] for row in found)})


def _rows(statement: str, asked: Asked, columns: int) -> list[tuple[Any, ...]]:
    return rows(statement.replace(":group", GROUPS.get(asked.by, "'all'")), asked, columns)


SAME = "the NHS number, both names and the day of birth, or a link of your agency's"
MEASURES: dict[str, Definition] = {
    "re-referral": Definition(
        "Referred again within 72 hours", 1,
        "of these, cases whose person was referred in another case within 72 hours, or 7 days, of the first "
        f"referral; the same person by {SAME}",
        "cases whose first referral, by your agency or to it, was sent in the period, 72 hours ago or more, "
        "or 7 days",
        "cases that are younger; referrals in the same case; entered in error; referrals that your agency "
        "neither asked nor was asked; people of whom too little is known to find them again",
        "per cent", _again, tuple(GROUPS),
    ),
    "adverse-outcome": Definition(
        "Adverse outcome within 7 days", 1,
        "of these, cases with a death or serious harm recorded as having happened, or a missing report "
        "graded high that began, within 7 days of the first referral, of the same person by "
        f"{SAME}; beside it, how many of them with an inquest",
        "cases whose first referral, by your agency or to it, was sent in the period, 7 days ago or more",
        "cases that are younger; entered in error; what nobody recorded, or only after your agency's part "
        "ended: a figure of what is known, not of what happened",
        "per cent", _adverse, (*GROUPS, "outcome"),
    ),
}  # fmt: skip
