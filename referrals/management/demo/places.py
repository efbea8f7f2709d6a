"""The invented agencies of an invented London: no such force, trust or council exists, but for the one force
that is known for standing outside the scheme; its people, desk and numbers are as invented.

Boroughs and postcode districts are real, so that an address is routed as it would be. Telephone
numbers are from the ranges that Ofcom keeps for drama; official codes are ones that nobody issued.
"""

from agencies.models import AgencyCode
from agencies.roles import AgencyKind, Role, TeamKind
from referrals.domain.case import Category
from referrals.management.demo.sandboxes import SANDBOXES
from referrals.management.demo.words import OFFICE, OUT_OF_HOURS, Desk, Place, Staff

Scheme = AgencyCode.Scheme

NORTH = ("Camden", "Islington", "Haringey", "Enfield", "N1", "N4", "N7", "N8", "NW1", "NW3", "NW5", "EC1")
SOUTH = ("Lambeth", "Southwark", "Lewisham", "Croydon", "SE1", "SE5", "SE15", "SE22", "SW2", "SW4", "SW9")

CRISIS = (
    Category.CONCERN_FOR_WELFARE,
    Category.COMMUNITY_CRISIS,
    Category.VOLUNTARY_HANDOVER,
    Category.WALKOUT_HEALTHCARE,
)
DETAINED = (Category.S136_HANDOVER,)
FOR_POLICE = (
    Category.AWOL_DETAINED,
    Category.MISSING_INFORMAL,
    Category.WALKOUT_HEALTHCARE,
    Category.S135_SUPPORT,
)
FOR_AMBULANCE = (Category.MEDICAL_NEED, Category.CONVEYANCE)
SAFEGUARDING = (Category.VULNERABILITY_SAFEGUARDING,)
FOLLOW_UP = (Category.RETURN_FOLLOWUP,)

POLICE = Place(
    code="greater-thames-police",
    name="Greater Thames Constabulary",
    kind=AgencyKind.POLICE,
    official=(Scheme.POLICE_FORCE, "D01"),
    phone="020 7946 0100",
    duty_contact="Force incident manager",
    system="Greater Thames command and control",
    desks=(
        Desk(
            "gtc-control-room", "Force control room", TeamKind.CONTROL_ROOM, "020 7946 0101",
            areas=NORTH + SOUTH, categories=FOR_POLICE,
        ),
        Desk(
            "gtc-liaison", "Mental health liaison desk", TeamKind.LIAISON, "020 7946 0102",
            hours=OFFICE, fallback="gtc-control-room",
        ),
        Desk("gtc-south-hub", "Southern response hub", TeamKind.CONTROL_ROOM, "020 7946 0103"),
    ),
    staff=(
        Staff("Imogen Tarrowby", "gtc-control-room", Role.WORKER),
        Staff("Kofi Brackenhall", "gtc-control-room", Role.WORKER),
        Staff("Dilys Overmead", "gtc-control-room", Role.SUPERVISOR, "day"),
        Staff("Marcus Fennimore-Odu", "gtc-control-room", Role.SUPERVISOR, "night"),
        Staff("Rukhsana Delafield", "gtc-control-room", Role.MANAGER, "on call"),
        Staff("Alasdair Quenby", "gtc-control-room", Role.DIRECTOR, "on call"),
        Staff("Bryony Stanmarch", "gtc-liaison", Role.LIAISON),
        Staff("Tunde Ashwater", "gtc-south-hub", Role.SUPERVISOR),
        Staff("Hester Calloway-Nye", "gtc-liaison", Role.AUDITOR),
    ),
)  # fmt: skip

NORTHBANK = Place(
    code="northbank-trust",
    name="Northbank Mental Health NHS Trust",
    kind=AgencyKind.MENTAL_HEALTH_TRUST,
    official=(Scheme.ODS, "ZD1"),
    phone="020 7946 0200",
    duty_contact="On-call manager, Northbank",
    system="Northbank electronic patient record",
    desks=(
        Desk(
            "nb-crisis-hub", "Northbank crisis hub", TeamKind.CRISIS_HUB, "020 7946 0201",
            areas=NORTH, categories=CRISIS,
        ),
        Desk(
            "nb-place-of-safety", "Larch Suite, place of safety", TeamKind.PLACE_OF_SAFETY, "020 7946 0202",
            areas=NORTH, categories=DETAINED, fallback="nb-crisis-hub", rooms=5,
        ),
        Desk("nb-rowan-ward", "Rowan Ward", TeamKind.WARD, "020 7946 0203", fallback="nb-crisis-hub"),
        Desk(
            "nb-community", "Northern community team", TeamKind.CRISIS_HUB, "020 7946 0204",
            areas=NORTH, categories=FOLLOW_UP, hours=OFFICE, fallback="nb-crisis-hub",
        ),
    ),
    staff=(
        Staff("Oluwaseun Pettifrey", "nb-crisis-hub", Role.WORKER),
        Staff("Maeve Lindqvist-Hale", "nb-crisis-hub", Role.WORKER),
        Staff("Priya Thornbeck", "nb-crisis-hub", Role.SUPERVISOR, "day"),
        Staff("Gethin Marlowe-Asante", "nb-crisis-hub", Role.SUPERVISOR, "night"),
        Staff("Roswitha Cain", "nb-crisis-hub", Role.MANAGER, "on call"),
        Staff("Desmond Eyre-Whitlock", "nb-crisis-hub", Role.DIRECTOR, "on call"),
        Staff("Zeynep Holloway-Strand", "nb-crisis-hub", Role.LIAISON),
        Staff("Agnes Wetherlam", "nb-place-of-safety", Role.SUPERVISOR),
        Staff("Callum Oyelaran-Frost", "nb-rowan-ward", Role.SUPERVISOR),
        Staff("Winifred Sallow", "nb-community", Role.WORKER),
        Staff("Jocasta Brightwell", "nb-crisis-hub", Role.AUDITOR),
    ),
)  # fmt: skip

SOUTHBANK = Place(
    code="southbank-trust",
    name="Southbank Mental Health NHS Trust",
    kind=AgencyKind.MENTAL_HEALTH_TRUST,
    official=(Scheme.ODS, "ZD2"),
    phone="020 7946 0300",
    duty_contact="On-call manager, Southbank",
    system="Southbank electronic patient record",
    desks=(
        Desk(
            "sb-crisis-hub", "Southbank crisis hub", TeamKind.CRISIS_HUB, "020 7946 0301",
            areas=SOUTH, categories=CRISIS,
        ),
        Desk(
            "sb-place-of-safety", "Alder Suite, place of safety", TeamKind.PLACE_OF_SAFETY, "020 7946 0302",
            areas=SOUTH, categories=DETAINED, fallback="sb-crisis-hub", rooms=4,
        ),
        Desk("sb-maple-ward", "Maple Ward", TeamKind.WARD, "020 7946 0303", fallback="sb-crisis-hub"),
        Desk(
            "sb-community", "Southern community team", TeamKind.CRISIS_HUB, "020 7946 0304",
            areas=SOUTH, categories=FOLLOW_UP, hours=OFFICE, fallback="sb-crisis-hub",
        ),
        Desk(
            "sb-ed-liaison", "Psychiatric liaison at St Brannock's", TeamKind.LIAISON, "020 7946 0305",
            fallback="sb-crisis-hub", serves=("st-brannocks",),
        ),
    ),
    staff=(
        Staff("Femi Castlemaine-Roe", "sb-crisis-hub", Role.WORKER),
        Staff("Lowri Vantongeren", "sb-crisis-hub", Role.WORKER),
        Staff("Harpreet Mossley", "sb-crisis-hub", Role.SUPERVISOR, "day"),
        Staff("Caspian Duffield", "sb-crisis-hub", Role.SUPERVISOR, "night"),
        Staff("Beatrix Onwudiwe-Lamb", "sb-crisis-hub", Role.MANAGER, "on call"),
        Staff("Theodora Finsworth", "sb-crisis-hub", Role.DIRECTOR, "on call"),
        Staff("Gwendolen Akintola-Birch", "sb-ed-liaison", Role.LIAISON),
        Staff("Yusuf Merriden", "sb-ed-liaison", Role.LIAISON),
        Staff("Pia Robsart", "sb-place-of-safety", Role.SUPERVISOR),
        Staff("Nnenna Applegarth", "sb-maple-ward", Role.SUPERVISOR),
        Staff("Torquil Beddoes-Khan", "sb-community", Role.WORKER),
    ),
)  # fmt: skip

HOSPITAL = Place(
    code="st-brannocks",
    name="St Brannock's Hospitals NHS Trust",
    kind=AgencyKind.ACUTE_TRUST,
    official=(Scheme.ODS, "ZD3"),
    phone="020 7946 0400",
    duty_contact="Site manager, St Brannock's",
    system="St Brannock's emergency department system",
    desks=(
        Desk(
            "sbh-emergency", "Emergency department", TeamKind.EMERGENCY_DEPARTMENT, "020 7946 0401",
            areas=SOUTH,
        ),
    ),
    staff=(
        Staff("Sadiq Hollinshead", "sbh-emergency", Role.WORKER),
        Staff("Clemency Adair-Boateng", "sbh-emergency", Role.SUPERVISOR),
        Staff("Ottoline Varga", "sbh-emergency", Role.MANAGER, "on call"),
        Staff("Rhodri Penhallow", "sbh-emergency", Role.DIRECTOR, "on call"),
        Staff("Amara Tewkes", "sbh-emergency", Role.LIAISON),
        Staff("Yusuf Merriden", "sbh-emergency", Role.LIAISON),
    ),
)  # fmt: skip

AMBULANCE = Place(
    code="thames-basin-ambulance",
    name="Thames Basin Ambulance Service NHS Trust",
    kind=AgencyKind.AMBULANCE_TRUST,
    official=(Scheme.ODS, "ZD4"),
    phone="020 7946 0500",
    duty_contact="Duty operations manager, Thames Basin",
    system="Thames Basin computer-aided dispatch",
    desks=(
        Desk(
            "tba-clinical-desk", "Clinical desk", TeamKind.CLINICAL_DESK, "020 7946 0501",
            areas=NORTH + SOUTH, categories=FOR_AMBULANCE,
        ),
    ),
    staff=(
        Staff("Perpetua Goldhawke", "tba-clinical-desk", Role.WORKER),
        Staff("Babatunde Skerritt", "tba-clinical-desk", Role.SUPERVISOR, "day"),
        Staff("Elspeth Narayan-Cole", "tba-clinical-desk", Role.MANAGER, "on call"),
        Staff("Fitzroy Hallam-Osei", "tba-clinical-desk", Role.DIRECTOR, "on call"),
        Staff("Ludmila Ravenscar", "tba-clinical-desk", Role.LIAISON),
    ),
)  # fmt: skip

FLEETHAM = Place(
    code="fleetham-council",
    name="London Borough of Fleetham, adult social care",
    kind=AgencyKind.SOCIAL_CARE,
    official=(Scheme.LOCAL_AUTHORITY, "E09999001"),
    phone="020 7946 0600",
    duty_contact="Head of adult safeguarding, Fleetham",
    system="Fleetham social care record",
    desks=(
        Desk(
            "fle-duty-desk", "Adult duty desk", TeamKind.EMERGENCY_DUTY_TEAM, "020 7946 0601",
            areas=NORTH, categories=SAFEGUARDING, hours=OFFICE, fallback="fle-edt",
        ),
        Desk(
            "fle-edt", "Emergency duty team", TeamKind.EMERGENCY_DUTY_TEAM, "020 7946 0602",
            hours=OUT_OF_HOURS, fallback="fle-duty-desk",
        ),
    ),
    staff=(
        Staff("Marguerite Sowande-Pike", "fle-duty-desk", Role.WORKER),
        Staff("Ifor Chesterblade", "fle-edt", Role.WORKER),
        Staff("Jacinta Ormsby-Vale", "fle-duty-desk", Role.SUPERVISOR),
        Staff("Barnaby Okonjo-Wills", "fle-edt", Role.SUPERVISOR),
        Staff("Sunniva Treharne", "fle-duty-desk", Role.MANAGER, "on call"),
        Staff("Lysander Abara", "fle-duty-desk", Role.DIRECTOR, "on call"),
        Staff("Coralie Dunmow", "fle-duty-desk", Role.LIAISON),
    ),
)  # fmt: skip

EASTMARSH = Place(
    code="eastmarsh-council",
    name="London Borough of Eastmarsh, adult social care",
    kind=AgencyKind.SOCIAL_CARE,
    official=(Scheme.LOCAL_AUTHORITY, "E09999002"),
    phone="020 7946 0700",
    duty_contact="Head of adult safeguarding, Eastmarsh",
    system="Eastmarsh social care record",
    desks=(
        Desk(
            "eas-duty-desk", "Adult duty desk", TeamKind.EMERGENCY_DUTY_TEAM, "020 7946 0701",
            areas=SOUTH, categories=SAFEGUARDING, hours=OFFICE, fallback="eas-edt",
        ),
        Desk(
            "eas-edt", "Emergency duty team", TeamKind.EMERGENCY_DUTY_TEAM, "020 7946 0702",
            hours=OUT_OF_HOURS, fallback="eas-duty-desk",
        ),
    ),
    staff=(
        Staff("Hyacinth Bellweather", "eas-duty-desk", Role.WORKER),
        Staff("Rafiq Stanhope-Moyo", "eas-edt", Role.WORKER),
        Staff("Ursula Fairclough-Bello", "eas-duty-desk", Role.SUPERVISOR),
        Staff("Emrys Whitgift", "eas-duty-desk", Role.MANAGER, "on call"),
        Staff("Philippa Adebayo-Thrale", "eas-duty-desk", Role.DIRECTOR, "on call"),
        Staff("Nerys Colquhoun-Achebe", "eas-duty-desk", Role.LIAISON),
    ),
)  # fmt: skip

CHARITY = Place(
    code="lantern-street",
    name="Lantern Street",
    kind=AgencyKind.VOLUNTARY,
    official=(Scheme.ODS, "ZD5"),
    phone="020 7946 0800",
    duty_contact="Service lead, Lantern Street",
    system="Lantern Street support notes",
    desks=(
        Desk(
            "lan-control-room", "Support workers in the control room", TeamKind.LIAISON, "020 7946 0801",
            serves=("greater-thames-police",), fallback="gtc-control-room",
        ),
    ),
    staff=(
        Staff("Solomon Winterbourne-Eze", "lan-control-room", Role.WORKER),
        Staff("Miriam Quillfeather", "lan-control-room", Role.SUPERVISOR),
        Staff("Odette Hanratty-Sule", "lan-control-room", Role.MANAGER, "on call"),
        Staff("Crispin Abernethy-Lowe", "lan-control-room", Role.DIRECTOR),
        Staff("Tabitha Mensah-Gray", "lan-control-room", Role.LIAISON),
    ),
)  # fmt: skip

RAILWAY = Place(
    code="british-transport-police",
    name="British Transport Police",
    kind=AgencyKind.POLICE,
    official=(Scheme.POLICE_FORCE, "D02"),
    phone="020 7946 0900",
    duty_contact="Force incident manager, railways",
    system="Railway command and control",
    desks=(Desk("btp-control-room", "Railway control room", TeamKind.CONTROL_ROOM, "020 7946 0901"),),
    staff=(
        Staff("Ottoline Farthingale", "btp-control-room", Role.WORKER),
        Staff("Jerome Akande-Sills", "btp-control-room", Role.SUPERVISOR, "day"),
        Staff("Wilhelmina Tarrant", "btp-control-room", Role.MANAGER, "on call"),
        Staff("Aurelio Brockhurst", "btp-control-room", Role.DIRECTOR, "on call"),
        Staff("Sidonie Okafor-Marsh", "btp-control-room", Role.LIAISON),
    ),
)  # fmt: skip

PLACES = (
    POLICE,
    NORTHBANK,
    SOUTHBANK,
    HOSPITAL,
    AMBULANCE,
    FLEETHAM,
    EASTMARSH,
    CHARITY,
    RAILWAY,
    *SANDBOXES,
)
