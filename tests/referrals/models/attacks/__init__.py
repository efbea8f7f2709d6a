"""What an attacker inside the application's own role tries, rule by rule, and what holds them off."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """Statements that one rule refuses. With its ``guard`` taken away they go through: so it is this one."""

    title: str
    rule: str
    guard: str
    statements: tuple[str, ...]
    role: str = "web"
    agency: str = "police"

    def __str__(self) -> str:
        return self.title


def trigger(name: str, table: str) -> str:
    """Takes a trigger away."""
    return f"drop trigger {name} on referrals_{table}"


def constraint(name: str, table: str) -> str:
    """Takes a constraint away, or the unique index that a condition makes of it."""
    return f"alter table referrals_{table} drop constraint if exists {name}; drop index if exists {name}"
