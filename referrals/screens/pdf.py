"""A page as a PDF, with a style sheet of ours. Nothing is fetched from anywhere."""

import logging
from typing import NoReturn

from django.contrib.staticfiles import finders

for name in ("weasyprint", "weasyprint.progress"):  # it tells of each step, from its import on
    logging.getLogger(name).setLevel(logging.ERROR)

from weasyprint import CSS, HTML  # noqa: E402  (its import already logs)
from weasyprint.urls import URLFetcher  # noqa: E402  (its import already logs)


class Elsewhere(ValueError):
    """A page that is drawn asks for something from outside itself."""


class NothingElsewhere(URLFetcher):
    """Refuses every address: a page about a person asks nobody for anything."""

    def fetch(self, url: str, headers: object = None) -> NoReturn:
        """Raises Elsewhere."""
        raise Elsewhere(url)


def drawn(page: str, sheet: str) -> bytes:
    """The page as a PDF, in this style sheet of ours."""
    nowhere = NothingElsewhere(fail_on_errors=True)
    style = CSS(filename=finders.find(sheet))
    return HTML(string=page, url_fetcher=nowhere).write_pdf(stylesheets=[style])
