"""The board of missing patients: 50 of 100,000, against a view that sends the same SQL and text."""

from dataclasses import dataclass

import httpx
import psycopg
from django.conf import settings
from django.db import connections
from django.test import Client

from agencies.models import Team
from agencies.roles import Role
from referrals.models import MissingReport
from tests.bench import web
from tests.bench.databases import Scaled, use
from tests.bench.replay import Answer, Recording
from tests.database import url
from tests.factories.agencies import MembershipFactory

BOARD = "/tracker/missing/"
SHOWN = 50

# A report for every case there is, half of them of patients who are missing now; past every rule.
FILL = """
insert into referrals_missingreport
  (id, reference, case_id, unit_id, unit_agency_id, asked_team_id, asked_agency_id, referral_id, state,
   version, category, grade, graded_at, urgency, reporter, missing_since, legal_status, immediate_risk,
   under_18,
   security, details, created_at, sent_at, located_at, returned_at, ended_at, last_sighting_at,
   last_sighting_place)
select c.id, 'M' || substr(c.reference, 2), c.id, c.opened_by_team_id, c.opened_by_agency_id, r.to_team_id,
       r.to_agency_id, r.id, case when n % 2 = 0 then 'reported' else 'closed' end, 3, 'missing_informal',
       (array['high', 'medium', 'low', 'no_apparent'])[(1 + n % 4)::int], c.opened_at, 1 + n % 4,
       '{}', c.opened_at, 's3', 'unknown', false, 'none', '{}', c.opened_at, c.opened_at, null, null,
       case when n % 2 = 1 then now() end, case when n % 3 = 0 then c.opened_at end, 'Example Park'
  from (select *, row_number() over (order by id) as n from referrals_case) c
  join lateral (select * from referrals_referral where case_id = c.id and sent_at is not null
                 order by id limit 1) r on true
"""
FLAG = """
insert into referrals_clock (case_id, kind, priority, started_at, target_at, next_look_at, step, repetition,
                             agreement_version_id, clause, team_id)
select m.case_id, 'missing_review', 'P2', m.sent_at, m.sent_at + interval '4 hours',
       now() + interval '1 day', 1, 0, r.agreement_version_id, 'bench', m.unit_id
  from referrals_missingreport m join referrals_referral r on r.id = m.referral_id
 where m.state = 'reported'
"""


@dataclass(frozen=True)
class Reader:
    """Somebody of the agency with the most missing patients, signed in."""

    cookie: str

    @property
    def headers(self) -> dict[str, str]:
        """What their browser sends with each request."""
        return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={self.cookie}"}


def fill(database: Scaled) -> int:
    """How many reports there are then."""
    with psycopg.connect(url("superuser", database.name), autocommit=True) as server:
        server.execute("set session_replication_role = replica")
        if not server.execute("select exists (select from referrals_missingreport)").fetchone()[0]:
            server.execute(FILL)
            server.execute(FLAG)
            server.execute("vacuum analyze")
        return server.execute("select count(*) from referrals_missingreport").fetchone()[0]


def reader(database: Scaled) -> Reader:
    """Of the unit with the most patients away."""
    use(database, "owner")
    away = MissingReport.objects.filter(state="reported").values_list("unit_id", flat=True)
    busiest = max(set(away[:20_000]), key=list(away[:20_000]).count)
    member = MembershipFactory(team=Team.objects.get(pk=busiest), role=Role.SUPERVISOR)
    browser = Client()
    browser.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
    connections.close_all()
    return Reader(browser.cookies[settings.SESSION_COOKIE_NAME].value)


def against_the_floor(database: Scaled) -> dict[str, float]:
    """GET of the board against a view that sends the same SQL and the same text."""
    reports = fill(database)
    who = reader(database)
    use(database, "web")
    recording = Recording()
    with recording.on():
        answer = Client().get(BOARD, headers=who.headers)
    if (rows := answer.content.count(b"board__row ")) != SHOWN:
        raise SystemExit(f"the board shows {rows} and not {SHOWN}: the measure would mean nothing")
    words = ("begin", "commit", "savepoint", "release")
    recording.statements = [s for s in recording.statements if not s[0].lstrip().lower().startswith(words)]
    connections.close_all()
    recorded = Answer(recording, recording.made(), "200 OK", answer.content.decode())

    def send(client: httpx.Client) -> httpx.Response:
        return client.get(BOARD, headers=who.headers)

    return {"reports": reports, **web.compare(database, recorded, send)}
