"""The papers for integrators, as pages beside the API's own description: some of docs/, and no more."""

import re
from pathlib import Path

import markdown
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views import View

GUIDES = {
    "api": "From nothing to an accepted referral",
    "webhooks": "Webhooks",
    "events": "Types of events",
    "fhir": "FHIR, in the manner of BaRS",
    "mait": "MAIT",
    "lifecycle": "The lifecycle of a referral",
    "changelog": "What changed",
}
PICTURES = {
    "lifecycle": (
        ("lifecycle", "The states of a referral and the moves between them"),
        ("missing-report", "The states of a missing patient's report and the moves between them"),
    )
}
EXTENSIONS = ["tables", "fenced_code", "toc", "sane_lists"]
DIAGRAM = re.compile(r'<pre><code class="language-mermaid">.*?</code></pre>', re.DOTALL)
PAPER = re.compile(r'href="([a-z]+)\.md(#[^"]*)?"')


class GuideView(View):
    """One of the papers. Anybody may read it, without a network."""

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """The page. Raises Http404 for a paper that there is not."""
        if name not in GUIDES:
            raise Http404
        told = {"guides": GUIDES, "name": name, "title": GUIDES[name], "body": as_page(name)}
        return render(request, "api/guide.html", told)


def as_page(name: str) -> str:
    """The paper as HTML. What it leads to is another page here, or else stands in the repository alone."""
    text = Path(settings.DOCS_DIR, f"{name}.md").read_text()
    page = markdown.markdown(text, extensions=EXTENSIONS)
    page = page.replace('href="openapi.json"', f'href="{reverse("schema")}"')
    drawn = (_picture(*each) for each in PICTURES.get(name, ()))
    page = DIAGRAM.sub(lambda _: next(drawn), page)
    return PAPER.sub(lambda found: _leads_on(*found.groups()), page)


def _picture(name: str, title: str) -> str:
    """What the repository's pages draw from text, drawn already; the tables below say the same."""
    source = static(f"referrals/api/{name}.svg")
    return f'<p class="guide__picture"><a href="{source}"><img src="{source}" alt="{title}"></a></p>'


def _leads_on(name: str, place: str | None) -> str:
    return f'href="../{name}/{place or ""}"' if name in GUIDES else f'href="../#{name}"'
