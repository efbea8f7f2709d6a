"""Who makes generated calls: systems of each side, people in each role at a browser, and nobody."""

from collections.abc import Callable

from django.test import Client

from agencies.models import User
from agencies.roles import Role
from tests.access.story import Story


def system(agency: str) -> Callable[[Story], Client]:
    """A partner's system, with all scopes."""

    def make(story: Story) -> Client:
        token = story.tokens[f"{agency} program"]
        return Client(raise_request_exception=False, headers={"authorization": f"Bearer {token}"})

    return make


def person(agency: str, role: Role) -> Callable[[Story], Client]:
    """Somebody signed in."""

    def make(story: Story) -> Client:
        client = Client(raise_request_exception=False)
        user = User.objects.get(username=f"at-{agency}-{role}")
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return client

    return make


def nobody(story: Story) -> Client:
    """Without a sign-in or a token."""
    return Client(raise_request_exception=False)


CALLERS: dict[str, Callable[[Story], Client]] = {
    "the police's system": system("police"),
    "the trust's system": system("trust"),
    "a system with no part in it": system("stranger"),
    **{f"a {role} of the trust": person("trust", role) for role in Role},
    "nobody": nobody,
}
