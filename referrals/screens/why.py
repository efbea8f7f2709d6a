"""Why a target is what it is: the agreement, its version and the clause of it, in words."""

from referrals.domain.case import Category
from referrals.domain.clocks import ClockKind
from referrals.models import Clock
from referrals.screens import words


def why(clock: Clock) -> str:
    """One sentence."""
    version = clock.agreement_version
    return f"{version.agreement.name}, version {version.number}: {clause(clock.clause)}"


def clause(code: str) -> str:
    """The line of an agreement that set a target, from its path in the terms."""
    part, _, rest = code.partition(".")
    of, _, kind = rest.partition(".")
    waits = words.CLOCKS[ClockKind(kind)].lower() if kind in set(ClockKind) else kind
    said = {
        "targets": f"the target of {of}, {waits}",
        "defaults": f"the default of {of}, {waits}, of which this version says nothing",
        "categories": f"{words.CATEGORIES.get(Category(of), of) if of in set(Category) else of}, {waits}",
        "receivers": f"where {of.replace('_', ' ')} receives, {waits}",
        "promised": "as long as was promised",
        "hours": "when the desk closes or opens, whatever was agreed",
    }
    return said.get(part, code)
