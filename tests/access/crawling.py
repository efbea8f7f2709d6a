"""A reader of pages: what can be followed and what can be filled in, as the browser would see it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

WRITTEN = {"text", "search", "tel", "email", "url", ""}  # what a person types words into


@dataclass
class Form:
    """One form: where it goes, what it holds already, the fields that words are typed into, and all names."""

    method: str
    action: str
    held: dict[str, str] = field(default_factory=dict)
    typed: dict[str, int | None] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    is_kept: bool = False

    def filled(self, text: str) -> dict[str, str]:
        """What is sent when everything that can be typed is this text, as much of it as fits."""
        return {**self.held, **{name: text[:most] for name, most in self.typed.items()}}


class Page(HTMLParser):
    """The links and the forms of a page."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._here, self._chooses = address, ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """The few that matter."""
        has = {name: value or "" for name, value in attrs}
        if tag == "a" and has.get("href", "").startswith(("/", "?")):
            self.links.append(has["href"])
        elif tag == "form":
            goes = has.get("method", "get").lower(), has.get("action") or self._here
            self.forms.append(Form(*goes, is_kept="data-keep" in has))
        elif self.forms and tag in ("input", "textarea", "select", "option", "button"):
            self._field(tag, has)

    def _field(self, tag: str, has: dict[str, Any]) -> None:
        form, name = self.forms[-1], has.get("name", "")
        form.names.add(name)
        if tag == "select":
            self._chooses = name
        elif tag == "option":
            _choose(form, self._chooses, has.get("value", ""))
        elif tag == "textarea" or (tag == "input" and has.get("type", "") in WRITTEN):
            form.typed[name] = int(has["maxlength"]) if has.get("maxlength") else None
        elif has.get("type") not in ("checkbox", "file"):
            _choose(form, name, has.get("value", ""))


def _choose(form: Form, name: str, value: str) -> None:
    """The first that is something."""
    if name and not form.held.get(name):
        form.held[name] = value
