"""Which cases the demonstration holds: the stories, how urgent, and how long ago each began."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from referrals.domain.case import Category, Priority
from referrals.management.demo import absent, detained, disputes, judged, stories
from referrals.management.demo.stories import Story
from referrals.management.demo.tale import Tale

# Sender, receiver, and a third team to resend to, redirect to or ask for support.
ROUTES: dict[Category, tuple[tuple[str, str, str], ...]] = {
    Category.CONCERN_FOR_WELFARE: (
        ("gtc-control-room", "nb-crisis-hub", "sb-crisis-hub"),
        ("gtc-south-hub", "sb-crisis-hub", "lan-control-room"),
        ("lan-control-room", "nb-crisis-hub", "fle-duty-desk"),
    ),
    Category.WALKOUT_HEALTHCARE: (
        ("sbh-emergency", "gtc-control-room", "tba-clinical-desk"),
        ("gtc-control-room", "sb-crisis-hub", "sb-ed-liaison"),
    ),
    Category.AWOL_DETAINED: (
        ("nb-rowan-ward", "gtc-control-room", "tba-clinical-desk"),
        ("sb-maple-ward", "gtc-control-room", "gtc-south-hub"),
    ),
    Category.MISSING_INFORMAL: (("sb-maple-ward", "gtc-control-room", "lan-control-room"),),
    Category.COMMUNITY_CRISIS: (
        ("gtc-control-room", "sb-crisis-hub", "lan-control-room"),
        ("gtc-control-room", "nb-crisis-hub", "tba-clinical-desk"),
    ),
    Category.MEDICAL_NEED: (("gtc-control-room", "tba-clinical-desk", "sbh-emergency"),),
    Category.CONVEYANCE: (
        ("nb-crisis-hub", "tba-clinical-desk", "gtc-control-room"),
        ("eas-duty-desk", "tba-clinical-desk", "gtc-south-hub"),
    ),
    Category.S136_HANDOVER: (
        ("gtc-control-room", "nb-place-of-safety", "sb-place-of-safety"),
        ("gtc-south-hub", "sb-place-of-safety", "sbh-emergency"),
    ),
    Category.S135_SUPPORT: (("fle-edt", "gtc-control-room", "tba-clinical-desk"),),
    Category.VOLUNTARY_HANDOVER: (("gtc-control-room", "nb-crisis-hub", "sbh-emergency"),),
    Category.VULNERABILITY_SAFEGUARDING: (
        ("gtc-control-room", "fle-duty-desk", "nb-community"),
        ("tba-clinical-desk", "eas-duty-desk", "sb-community"),
        ("sbh-emergency", "eas-duty-desk", "sb-crisis-hub"),
    ),
    Category.RETURN_FOLLOWUP: (
        ("gtc-control-room", "nb-community", "fle-duty-desk"),
        ("gtc-liaison", "sb-community", "sb-crisis-hub"),
    ),
}


@dataclass(frozen=True)
class Entry:
    """One case to be told: begun so many minutes ago, at this pace; between others than usual, if named."""

    story: Callable[[Tale], Story]
    priority: Priority
    minutes_ago: float
    category: Category | None = None
    pace: float = 0.45
    between: tuple[str, str, str] | None = None


Ages = dict[str, tuple[float, ...]]

# The story and, by priority, how many minutes ago each case of it began. What is open and young is
# fresh, about to be late or late; what is old has ended, or waits for a step that is long.
PLAN: tuple[tuple[Callable[[Tale], Story], Ages], ...] = (
    (stories.sent, {"P1": (1, 4, 9), "P2": (2, 8, 19), "P3": (5, 33), "P4": (20, 130)}),
    (stories.told_by_phone, {"P1": (7,)}),
    (stories.drafted_then_sent, {"P2": (20,)}),
    (stories.draft, {"P2": (5,), "P3": (12,), "P4": (70,)}),
    (stories.acknowledged, {"P1": (5,), "P2": (14, 32), "P4": (300,)}),
    (stories.info_requested, {"P2": (12,), "P3": (50,), "P4": (200,)}),
    (stories.info_answered, {"P2": (22,)}),
    (stories.accepted, {"P1": (12,), "P2": (35,), "P3": (90, 250)}),
    (stories.in_progress, {"P1": (24,), "P2": (75,), "P3": (260,), "P4": (1500,)}),
    (stories.completed, {"P1": (28,), "P2": (105,), "P3": (430,)}),
    (stories.closed, {"P3": (1000,)}),
    (stories.reopened, {"P2": (200,)}),
    (stories.declined, {"P1": (8,), "P2": (25,), "P3": (50,), "P4": (450,)}),
    (stories.resent, {"P2": (60,)}),
    (stories.resent_and_ended, {"P3": (4000,)}),
    (stories.dropped, {"P3": (3300,)}),
    (stories.failed, {"P2": (50,), "P4": (700,)}),
    (stories.redirect_asked, {"P2": (40,)}),
    (stories.redirected, {"P2": (120,)}),
    (stories.redirect_refused, {"P3": (150,)}),
    (stories.redirected_before, {"P3": (200,)}),
    (stories.cancelled, {"P2": (700,)}),
    (stories.withdrawn, {"P3": (3600,)}),
    (stories.cancel_asked, {"P2": (45,)}),
    (stories.cancel_agreed, {"P3": (900,)}),
    (stories.cancel_refused, {"P2": (80,)}),
    (stories.in_error, {"P3": (2800,)}),
    (stories.discarded, {"P4": (3000,)}),
    (stories.supported, {"P1": (15,)}),
    (stories.claimed, {"P2": (9,)}),
    (stories.claim_confirmed, {"P2": (60,)}),
    (stories.claim_denied, {"P2": (22,)}),
    (stories.claim_withdrawn, {"P3": (400,)}),
    (stories.risk_raised, {"P3": (24,)}),
    (stories.ended, {"P1": (600,), "P2": (300,), "P3": (7000,), "P4": (8500,)}),
)
# Those that only one kind of case can tell, and those who were late.
ON_THE_RAILWAY = ("btp-control-room", "nb-crisis-hub", "tba-clinical-desk")
BY_WARRANT = ("gtc-control-room", "sb-place-of-safety", "sbh-emergency")
MISSING = ("gtc-control-room", "tba-clinical-desk")
CHOSEN = (
    Entry(judged.outside, Priority.P2, 70, Category.CONCERN_FOR_WELFARE, between=ON_THE_RAILWAY),
    *(
        Entry(story, Priority(priority), minutes, Category.COMMUNITY_CRISIS)
        for story, priority, minutes in (
            (judged.not_met, "P2", 6),
            (judged.met, "P2", 40),
            (judged.undetermined, "P1", 6),
            (judged.undetermined, "P2", 45),
            (judged.settled, "P2", 90),
            (judged.overridden, "P3", 30),
            (judged.ratified, "P2", 55),
            (judged.overturned, "P2", 200),
            (judged.referred, "P2", 12),
            (judged.referred, "P2", 44),
            (judged.told, "P2", 110),
            (judged.alone, "P1", 11),
            (judged.disagreed, "P2", 16),
            (judged.reopened, "P2", 21),
            (judged.decided_anew, "P2", 130),
        )
    ),
    Entry(disputes.disputed, Priority.P2, 65, Category.COMMUNITY_CRISIS),
    Entry(disputes.settled, Priority.P2, 110, Category.COMMUNITY_CRISIS),
    Entry(stories.asked_at_once, Priority.P1, 3, Category.S136_HANDOVER),
    Entry(stories.asked_at_once, Priority.P2, 10, Category.S136_HANDOVER),
    Entry(stories.first_accepts, Priority.P1, 20, Category.S136_HANDOVER),
    Entry(stories.claim_overtaken, Priority.P2, 50, Category.S136_HANDOVER),
    Entry(stories.reassessed, Priority.P2, 180, Category.COMMUNITY_CRISIS),
    Entry(stories.reassessed, Priority.P3, 300, Category.VOLUNTARY_HANDOVER),
    Entry(stories.ended, Priority.P2, 1500, Category.CONCERN_FOR_WELFARE, 1.3),
    Entry(stories.ended, Priority.P3, 2900, Category.COMMUNITY_CRISIS, 1.6),
    Entry(stories.ended, Priority.P1, 9500, Category.MEDICAL_NEED, 2.2),
    # detentions, in every state; those of the last weeks have ended
    *(
        Entry(story, Priority.P2, minutes, Category.S136_HANDOVER)
        for story, ages in (
            (detained.on_the_way, (6, 34)),
            (detained.asked_at_once, (9,)),
            (detained.waiting, (45, 150)),
            (detained.refused, (30,)),
            (detained.handed_over, (140,)),
            (detained.assessing, (260,)),
            (detained.admitted, (420,)),
            (detained.extended, (1_300,)),
            (detained.lapsed, (1_700,)),
            (detained.disputed, (85,)),
            (detained.child, (50,)),
            (detained.relieved, (160,)),
            (detained.home, (900, 3_000, 6_200, 9_300)),
            (detained.left, (5_500,)),
        )
        for minutes in ages
    ),
    Entry(detained.warrant, Priority.P2, 75, Category.S135_SUPPORT, between=BY_WARRANT),
    Entry(detained.voluntary, Priority.P2, 60, Category.VOLUNTARY_HANDOVER, between=BY_WARRANT),
    Entry(detained.found, Priority.P2, 70, Category.AWOL_DETAINED),
    # missing patients
    *(
        Entry(story, Priority.P2, minutes, Category.AWOL_DETAINED, between=("nb-rowan-ward", *MISSING))
        for story, minutes in (
            (absent.left, 25),
            (absent.reported, 6),
            (absent.high, 14),
            (absent.looked_for, 95),
            (absent.found, 60),
            (absent.back, 200),
            (absent.over, 4_000),
            (absent.thrown_away, 700),
        )
    ),
    *(
        Entry(story, Priority.P2, minutes, Category.MISSING_INFORMAL, between=("sb-maple-ward", *MISSING))
        for story, minutes in (
            (absent.confirmed, 22),
            (absent.medium, 120),
            (absent.held_by_a_nurse, 40),
            (absent.refused, 75),
            (absent.mistaken, 900),
            (absent.again, 600),
            (absent.child, 50),
        )
    ),
    Entry(absent.walked_out, Priority.P2, 35, between=("sbh-emergency", *MISSING)),
)


def entries() -> Iterator[Entry]:
    """Every case to be told."""
    for story, ages in PLAN:
        for priority, begun in ages.items():
            yield from (Entry(story, Priority(priority), minutes) for minutes in begun)
    yield from CHOSEN


def route(n: int, entry: Entry) -> tuple[Category, tuple[str, str, str]]:
    """What the ``n``-th case is about and between whom: each category in turn."""
    kinds = list(Category)
    category = entry.category or kinds[n * 5 % len(kinds)]
    ways = (entry.between,) if entry.between else ROUTES[category]
    return category, ways[n // len(kinds) % len(ways)]
