"""The start page, and the addresses at a site's root that machines look for."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from markupsafe import Markup

from iprgraph.claims.model import terms_of
from iprgraph.claims.reader import read_claims
from iprgraph.content.questions import TOPICS
from iprgraph.release.release import Release
from iprgraph_server.http.formats import DOCUMENTS, HTML, TEXT
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data import release_files
from iprgraph_server.linked_data.responses import link, pick, see_other
from iprgraph_server.linked_data.signposting import of_dataset
from iprgraph_server.models.labels import find_names
from iprgraph_server.models.listing import BROWSABLE, count
from iprgraph_server.models.page_context import page_context
from iprgraph_server.models.start_page import (
    find_newest,
    find_specimen,
    read_articles,
    read_first_checks,
    tally,
)
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages
from iprgraph_server.presentation.wording import Wording

views = Blueprint("start", __name__)


@views.get("/")
@described("pages", HTML, query=("lang",), redirect=303, refusals=(406,))
def start() -> Response:
    """Show what this is, in numbers, figures and questions; programs are redirected to the data."""
    context = page_context()
    if pick(request, (HTML, *DOCUMENTS), "the dataset") is not HTML:
        return see_other(url_for("dataset.data"))
    checks, articles = read_first_checks(context.graph), read_articles(context.graph)
    newest, specimen = find_newest(context.graph), find_specimen(checks)
    shown = {*newest, specimen[1]} if specimen else newest
    claims = read_claims(context.graph.select, shown)
    named = [*(article for article, _ in articles), *terms_of([*claims.values(), *checks])]
    response = pages.page(
        "start.html",
        w=Wording(choose(request), find_names(context.graph, named)),
        counts=context.release.manifest["counts"],
        checks=checks,
        tally=tally(checks),
        specimen=specimen,
        claims=claims,
        newest=newest,
        articles=articles,
        kinds=count(context.graph, BROWSABLE),
        search=_search(context.release),
        topics={topic: [q for q in context.questions if q.topic == topic] for topic in TOPICS},
    )
    response.vary.add("Accept")
    return link(response, *of_dataset(context).of_page())


def _search(release: Release) -> Markup:
    """Return the description for search engines as a data block of the page, which runs nothing."""
    file = release_files.find(release, "dataset.jsonld")
    text = file.path.read_text("utf-8") if file else ""
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 (no "<" is left)


@views.get("/robots.txt")
@described("operation", TEXT, refusals=())
def robots() -> Response:
    """Allow robots pages and documents, but no queries."""
    root = request.script_root
    refused = "".join(f"Disallow: {root}/{name}\n" for name in ("sparql", "graph-store", "cite"))
    text = f"User-agent: *\n{refused}Allow: {root}/\n"
    return Response(text, content_type="text/plain; charset=utf-8")
