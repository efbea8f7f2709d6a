"""Two agencies to try the API with: they ask each other and nobody else, and put their time forward."""

from agencies.models import AgencyCode
from agencies.roles import AgencyKind, Role, TeamKind
from referrals.management.demo.words import Desk, Place, Staff

TRIAL_POLICE = Place(
    code="sandbox-police",
    name="Sandbox Constabulary",
    kind=AgencyKind.POLICE,
    official=(AgencyCode.Scheme.POLICE_FORCE, "D99"),
    phone="020 7946 0950",
    duty_contact="Force incident manager, sandbox",
    system="Sandbox command and control",
    desks=(Desk("sandbox-control-room", "Control room", TeamKind.CONTROL_ROOM, "020 7946 0951"),),
    staff=(
        Staff("Persis Wendlebury", "sandbox-control-room", Role.WORKER),
        Staff("Obadiah Strake", "sandbox-control-room", Role.SUPERVISOR),
        Staff("Lavinia Crossgate", "sandbox-control-room", Role.MANAGER, "on call"),
        Staff("Evander Tolliver", "sandbox-control-room", Role.DIRECTOR, "on call"),
        Staff("Marigold Hesketh-Ba", "sandbox-control-room", Role.LIAISON),
    ),
    sandbox=True,
)

TRIAL_TRUST = Place(
    code="sandbox-trust",
    name="Sandbox Mental Health NHS Trust",
    kind=AgencyKind.MENTAL_HEALTH_TRUST,
    official=(AgencyCode.Scheme.ODS, "ZD9"),
    phone="020 7946 0960",
    duty_contact="On-call manager, sandbox",
    system="Sandbox electronic patient record",
    desks=(
        Desk("sandbox-crisis-hub", "Crisis hub", TeamKind.CRISIS_HUB, "020 7946 0961"),
        Desk("sandbox-place-of-safety", "Place of safety", TeamKind.PLACE_OF_SAFETY, "020 7946 0962",
             fallback="sandbox-crisis-hub", rooms=2),
        Desk("sandbox-ward", "Ward", TeamKind.WARD, "020 7946 0963", fallback="sandbox-crisis-hub"),
    ),
    staff=(
        Staff("Quentin Amberley-Sow", "sandbox-crisis-hub", Role.WORKER),
        Staff("Isolde Fairweather", "sandbox-crisis-hub", Role.SUPERVISOR),
        Staff("Cosmo Brindley", "sandbox-crisis-hub", Role.MANAGER, "on call"),
        Staff("Philomena Achterberg", "sandbox-crisis-hub", Role.DIRECTOR, "on call"),
        Staff("Rupert Okoro-Vane", "sandbox-crisis-hub", Role.LIAISON),
    ),
    sandbox=True,
)  # fmt: skip

SANDBOXES = (TRIAL_POLICE, TRIAL_TRUST)
