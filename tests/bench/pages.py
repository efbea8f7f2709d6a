"""The pages that people leave open all night: what each costs among few referrals and among many."""

from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import connections
from django.db.models import Count
from django.test import Client

from agencies.models import Team
from agencies.roles import Role
from referrals.models import Referral
from tests.bench import web
from tests.bench.databases import Scaled, use
from tests.bench.replay import median
from tests.factories.agencies import MembershipFactory

PAGES = {
    "tracker home": "/tracker/",
    "tracker list": "/tracker/referrals/",
    "case page": "/tracker/referrals/{reference}/",
    "worklist": "/admin/",
    "search by a reference": "/tracker/referrals/?q={reference}",
    "search by an NHS number": "/tracker/referrals/?q={number}",
    "search by half a name": "/tracker/referrals/?q={half_a_name}",
}
REQUESTS = 10


@dataclass(frozen=True)
class Reader:
    """Somebody of the team that receives the most, signed in, and a referral that waits for them."""

    cookie: str
    reference: str
    number: str
    half_a_name: str

    @property
    def headers(self) -> dict[str, str]:
        """What their browser sends with each request."""
        return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={self.cookie}"}


def reader(database: Scaled) -> Reader:
    """The busiest desk's supervisor in this database, with rights to the admin."""
    use(database, "owner")
    busiest = Referral.objects.values("to_team").annotate(n=Count("id")).order_by("-n").first()["to_team"]
    member = MembershipFactory(team=Team.objects.get(pk=busiest), role=Role.SUPERVISOR, user__is_staff=True)
    browser = Client()
    browser.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
    asked = Referral.objects.filter(to_team=busiest, state="sent").select_related("case__person")
    waits = asked.exclude(case__person__nhs_number="").order_by("breach_at").first()
    person = waits.case.person
    connections.close_all()
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return Reader(cookie, waits.reference, person.nhs_number, person.family_name[:4])


def among(few: Scaled, many: Scaled) -> dict[str, dict[str, float]]:
    """Each page's time at both sizes, web and database together, in alternating rounds."""
    readers = {each.name: reader(each) for each in (few, many)}
    with (
        web.serving("config.wsgi:application", few) as small,
        web.serving("config.wsgi:application", many) as large,
    ):
        servers = ((few, small), (many, large))
        return {name: _compared(address, servers, readers) for name, address in PAGES.items()}


def _compared(
    address: str, servers: tuple[tuple[Scaled, web.Server], ...], readers: dict[str, Reader]
) -> dict[str, float]:
    times: dict[str, list[float]] = {database.name: [] for database, _ in servers}
    for _ in range(web.ROUNDS):
        for database, server in servers:
            who = readers[database.name]
            where, headers = address.format(**asdict(who)), who.headers
            taken = server.seconds(lambda client, w=where, h=headers: client.get(w, headers=h), REQUESTS)
            times[database.name].append(taken)
    at_few, at_many = (median(times[database.name]) for database, _ in servers)
    sizes = [f"{database.rows:,}, ms" for database, _ in servers]
    return {sizes[0]: at_few, sizes[1]: at_many, "ratio": at_many / at_few}
