"""What the people in the cases write: short, as it is written at work, and wholly invented."""

from referrals.domain.case import Category

SUMMARIES: dict[Category, tuple[str, ...]] = {
    Category.CONCERN_FOR_WELFARE: (
        "Neighbour has not seen him since Tuesday; post in the door, curtains closed, phone rings out.",
        "Sister abroad cannot reach her after a message saying goodbye to the cat. Known to the hub.",
        "Landlord reports shouting for two nights, now silence. Tenant lives alone, missed her depot.",
        "Employer worried: did not come in, text at 06:10 said he could not see the point any more.",
    ),
    Category.WALKOUT_HEALTHCARE: (
        "Left the waiting room before being seen, cannula still in. Low mood, no stated plan.",
        "Walked out during triage after waiting four hours; partner says she is not at home.",
        "Left against advice with a head injury; calm, said that he would see his own doctor.",
    ),
    Category.AWOL_DETAINED: (
        "Did not return from escorted leave in the grounds. Section 3. Ward and grounds searched.",
        "Left through the garden at shift change. Section 2, day nine. Took his coat and bank card.",
        "Failed to return from section 17 leave at noon; mother expected her for lunch, not arrived.",
    ),
    Category.MISSING_INFORMAL: (
        "Informal patient, out since breakfast, said back by ten. Out of character. Phone off.",
        "Told another patient that he was going to the river. Informal, staff searching the grounds.",
        "Went to the shop and did not come back. Informal, has been settled all week.",
    ),
    Category.COMMUNITY_CRISIS: (
        "Caller is on the line with her brother: pacing, no sleep for three days, the radio talks to him.",
        "Rang 999 four times tonight, frightened of the people upstairs. Alone, willing to talk.",
        "Mother asks for help: son has stopped eating and barricaded his room. No weapon, no threat.",
    ),
    Category.MEDICAL_NEED: (
        "Took about thirty tablets an hour ago, drowsy, breathing. Friend is with her.",
        "Confused and feverish, diabetic, refuses to let the carer in but talks through the door.",
        "Cut to the forearm, bleeding controlled with a towel, very tearful. Wants to be seen.",
    ),
    Category.CONVEYANCE: (
        "Needs taking from the community base to the assessment suite; calm, one escort available.",
        "Bed found across the river; detained under section 2, settled, walks unaided.",
    ),
    Category.S136_HANDOVER: (
        "Detained on the bridge approach, officers with her. Calm now, no injury, willing to come.",
        "Detained outside the station after running into traffic. Two officers, ambulance on its way.",
        "Detained in the park, talking to people who are not there. No alcohol. Cooperative.",
    ),
    Category.S135_SUPPORT: (
        "Warrant for Thursday morning; door expected to be locked, dog in the flat. Two officers asked for.",
        "Warrant granted today, patient has refused entry twice. Locksmith and ambulance are booked.",
    ),
    Category.VOLUNTARY_HANDOVER: (
        "Came to the front desk asking for help, feels unsafe on his own tonight. Will wait.",
        "Stopped officers in the street; says the medicine is not working. Happy to be driven.",
    ),
    Category.VULNERABILITY_SAFEGUARDING: (
        "Elderly man living in one room, no heating, nephew has his bank card. No immediate danger.",
        "Found wandering for the third time this month; dementia, wife cannot cope at night.",
        "Young woman sofa-surfing, older 'boyfriend' answers all her questions for her.",
    ),
    Category.RETURN_FOLLOWUP: (
        "Returned to the ward by police at 21:00. Please see within the day and review the leave plan.",
        "Back home after two nights missing. Would like to talk to somebody she knows.",
    ),
}
STREETS = (
    "Larkspur Walk", "Tallow Yard", "Old Ropewalk", "Quince Terrace", "Bellfounder Street", "Gannet House",
    "Marigold Rents", "Shearwater Point", "Pepperpot Lane", "Cinder Row", "Wherry Street", "Orchard Stairs",
)  # fmt: skip
QUESTIONS = (
    "Which flat, and is there an entry code? Is anybody with them now?",
    "Has the person agreed to be contacted, and on which number?",
    "What was said, word for word, about wanting to die? Any means to hand?",
    "When were they last seen, and by whom?",
)
ANSWERS = (
    "Flat 3, code from the concierge. A neighbour sits with them until somebody comes.",
    "Yes, on the mobile given. Prefers a text first.",
    "Said 'I have had enough' twice; no plan stated, no means seen.",
    "Seen at 14:20 by the warden, walking towards the market.",
)
DECLINES = (
    ("not_our_area", "Registered south of the river; their home team knows them well.", "southbank-trust"),
    ("no_capacity", "One clinician on tonight with three open assessments: not before 06:00.", "unknown"),
    ("medical_emergency", "Possible overdose: needs an ambulance before a mental health assessment.",
     "thames-basin-ambulance"),
    ("police_threshold_met", "A knife has been seen: officers need to make it safe first.", "police"),
    ("known_to_other_team", "Open to the community team, who saw her this morning.", "northbank-trust"),
    ("insufficient_information", "No name, no address, and the number given does not answer.", "unknown"),
)  # fmt: skip
FAILURES = (
    ("could_not_contact", "Four calls and a visit, no answer; neighbours have not seen anybody."),
    ("could_not_locate", "Not at the address given; the flat is empty and up for letting."),
    ("deteriorated", "Much more agitated on the phone, talking of fire: needs a faster response."),
    ("unsafe_scene", "Threatened the clinician at the door with a dog; withdrew to the car."),
)
OUTCOMES = (
    "Seen at home with her sister. Safe tonight, crisis plan agreed, hub rings tomorrow at ten.",
    "Assessed at the suite. Going home with follow-up from the community team within 48 hours.",
    "Spoke for forty minutes; no thoughts of self-harm now. GP told, helpline numbers given.",
    "Taken to the emergency department for bloods; liaison will see him there.",
    "Admitted informally. Family told, property secured by officers.",
)
TOLD = (
    "Caller told that he has been seen and is safe, and whom to ring if it starts again.",
    "Sister told by phone at the end of the visit, with the person's agreement.",
    "Neighbour thanked and told that somebody has been round. No details given.",
)
CONTACT_NOTES = (
    "Answered at the second ring, talked for ten minutes, agrees to a visit.",
    "Met at the door, let us in, made tea.",
    "No answer, left a message with the hub's number.",
)
REDIRECTS = (
    "Their community team saw them this week: a known face will do better.",
    "Needs a physical check first.",
    "Lives on the other side of the boundary.",
)
WITHDRAWN = (
    "Found safe at his mother's; family will ring the doctor in the morning.",
    "Came back by herself and is with ward staff.",
)
MISTAKES = ("Wrong person: same name, other address.", "Entered twice by two call handlers.")
RAISED = (
    "Now says that he has tablets in front of him.",
    "Caller rang back: she has gone out onto the balcony.",
)
NO_FURTHER = "Spoke to the person ourselves: at home with family, wants nothing more tonight."
ENDED = (
    "Nothing open: seen, safe, followed up by those who know the person.",
    "Outcome shared with everybody; no further risk known.",
)
TRIED = "Rang the person twice; a neighbour knocked."
REVIEWED = "Listened to the call again; this is what the answers come to."
DISAGREES = "Known to us: has acted on such words before. Officers are needed at the door."
NEWS = "Rang us just now: has taken tablets, and has locked the door."
STAYS = "Calm while talking; agrees to keep the line open."
RATIONALES = (
    "No crime, nobody in immediate danger; a clinician can see the person sooner than an officer.",
    "Talked to the person: calm, at home, agrees to be rung by the hub.",
)


def pick(options: tuple, n: int) -> str:
    """The ``n``-th of these, beginning again after the last: the same demonstration every time."""
    return options[n % len(options)]


def pick_pair(options: tuple[tuple[str, ...], ...], n: int) -> tuple[str, ...]:
    """The same, of coded reasons with their texts."""
    return options[n % len(options)]


# of a detention
DETAINED = (
    "Found on the parapet of a bridge, talked down, calm with officers since. Not searched for weapons."
)
FULL = "Both rooms are taken, and the next is not free before the morning."
ASSESSED = "Tearful, no plans to harm herself now; her sister can stay."
EXTENDED = "Too drowsy from what was taken to be assessed before the morning."
