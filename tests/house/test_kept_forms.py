"""Before a session ends it is said that what was typed is kept: so every form that is typed into keeps it."""

import re

from config.env import ROOT

FORM = re.compile(r"<form\b(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL)
TYPED = re.compile(r'screens/field\.html|<textarea|<input(?![^>]*type="(?:hidden|radio|checkbox|submit)")')
SECRETS = {"login.html", "code.html", "reach.html"}  # a password; the code of a text, twice


def typed_forms():
    """Every form of ours that is sent and typed into: its template, and whether it is kept."""
    for folder in ("config", "referrals"):
        for path in sorted((ROOT / folder / "templates").rglob("*.html")):
            for form in FORM.finditer(path.read_text()):
                if 'method="post"' in form["head"] and TYPED.search(form["body"]):
                    yield path.name, "data-keep=\"{% url 'typed' %}\"" in form["head"]


def test_every_form_that_is_typed_into_is_kept_but_for_secrets():
    found = list(typed_forms())
    assert sorted(name for name, is_kept in found if not is_kept) == sorted(SECRETS)
    assert len(found) > 15
