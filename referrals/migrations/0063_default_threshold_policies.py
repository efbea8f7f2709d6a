"""The policy that is shipped: the National Partnership Agreement of 26 July 2023, in every category.

It holds for a force that declares none of its own. A force that goes live later, or stands outside,
declares that, and police attend there as before. As shipped with this release; a test compares it with
``domain.threshold``. A later release supersedes it by a further version. Safe before or after the code.
"""

import json

from django.db import migrations

CODE = "npa-2023-07-26"
NPA = "National Partnership Agreement, 26 July 2023"
FIVE = [
    ("crime", "Has a crime occurred, or is one occurring?", "NPA: investigate a crime", True, NPA),
    ("risk_to_life", "Is there a real and immediate risk to anybody's life?", "NPA; Art 2 ECHR", True, NPA),
    ("serious_harm", "Is anybody subject to, or at risk of, serious harm?", "NPA; Art 3 ECHR", True, NPA),
    (
        "duty_of_care",
        "Have the police already assumed a duty of care?",
        "Common-law duty of care",
        False,
        NPA,
    ),
    ("statutory_duty", "Does another statutory duty require the police?", "Statutory duty", False, NPA),
]
BESIDES = {
    "awol_detained": (
        "warrant_or_entry",
        "Does retaking the patient need a warrant, or entry to save life or limb?",
        "MHA 1983 s.135(2); PACE 1984 s.17",
        False,
        "Mental Health Act 1983, ss.18 and 135(2); Police and Criminal Evidence Act 1984, s.17",
    ),
    "s135_support": (
        "warrant",
        "Is a warrant under section 135 to be executed?",
        "MHA 1983 s.135: a constable executes it",
        False,
        "Mental Health Act 1983, s.135",
    ),
    "s136_handover": (
        "still_detained",
        "Must officers still keep the person safe until health staff take over?",
        "MHA 1983 s.136(2): the person is kept until the handover",
        False,
        "Mental Health Act 1983, s.136(2); NPA: work towards a handover within one hour",
    ),
}
CATEGORIES = [
    "concern_for_welfare", "walkout_healthcare", "awol_detained", "missing_informal", "community_crisis",
    "medical_need", "conveyance", "s136_handover", "s135_support", "voluntary_handover",
    "vulnerability_safeguarding", "return_followup",
]  # fmt: skip
FIELDS = ("code", "text", "clause", "decisive", "source")


def questions(category: str) -> str:
    """What is asked in this category, as a literal of JSON."""
    asked = [*FIVE, *([BESIDES[category]] if category in BESIDES else [])]
    stored = [dict(zip(FIELDS, each, strict=True)) for each in asked]
    return "'" + json.dumps(stored).replace("'", "''") + "'"


BY = '{"name": "shipped with the software", "role": "system", "contact": "", "agency": null}'
SHIP = """
with policy as (insert into referrals_thresholdpolicy (category) values (':category') returning id),
     version as (insert into referrals_thresholdpolicyversion
                   (policy_id, number, code, adopted, questions, made_by, made_at)
                 select id, 1, ':code', true, :questions, ':by', ':day' from policy returning id)
insert into referrals_thresholdgolive (version_id, live_from, reason, set_by, set_at)
select id, ':day', 'the day of the agreement', ':by', ':day' from version;
"""
DAY = "2023-07-26T00:00:00+01:00"


def shipped(category: str) -> str:
    """The policy of one category, its first version and the day it went live."""
    words = {":category": category, ":code": CODE, ":by": BY, ":day": DAY, ":questions": questions(category)}
    statement = SHIP
    for name, value in words.items():
        statement = statement.replace(name, value)
    return statement


FORWARD = "".join(shipped(category) for category in CATEGORIES)
BACKWARD = """
delete from referrals_thresholdgolive;
delete from referrals_thresholdpolicyversion;
delete from referrals_thresholdpolicy;
"""


class Migration(migrations.Migration):
    """The default, from the day of the agreement."""

    dependencies = [("referrals", "0062_threshold_policies")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
