"""Make the Flask app: one release in, pages, documents and downloads out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.routing import BaseConverter

from iprgraph.content import questions
from iprgraph.namespaces import TYPES
from iprgraph_server.http.formats import DOCUMENTS, SUFFIXES
from iprgraph_server.i18n.catalogue import catalogue
from iprgraph_server.linked_data import memento_headers, release_files
from iprgraph_server.linked_data.tombstones import local
from iprgraph_server.models.claim_histories import ClaimHistories
from iprgraph_server.models.graph_reader import Graph, GraphReader
from iprgraph_server.models.page_context import PageContext
from iprgraph_server.models.text_store import ArticleTexts
from iprgraph_server.presentation import marked_article, pages
from iprgraph_server.settings import Settings
from iprgraph_server.views import (
    cite,
    dataset,
    graphs,
    linksets,
    nanopubs,
    query,
    releases,
    search,
    service,
    signposts,
    start,
    summaries,
    things,
    vocabulary,
    why,
)

if TYPE_CHECKING:
    from iprgraph.release.release import Release
    from iprgraph_server.graph_host.release_pool import Archive


#: The templates of the pages that people see first, and what those include.
FIRST = (
    "base.html", "_checks.html", "_claims.html", "_history.html", "_parts.html", "_plot.html",
    "_timeline.html", "_neighbourhood.html",
    "start.html", "thing.html", "claim.html", "query.html", "result.html", "error.html",
)  # fmt: skip


class Kind(BaseConverter):
    """Match the kinds of things, so that other addresses are unknown without a query."""

    regex = "|".join(TYPES)


class Slug(BaseConverter):
    """Match the names of things: lower-case letters, digits and hyphens."""

    regex = "[a-z0-9-]+"


class GraphName(BaseConverter):
    """Match the names of graphs: one slug or two."""

    regex = "[a-z0-9-]+(?:/[a-z0-9-]+)?"
    part_isolating = False


def create_app(
    settings: Settings,
    release: Release,
    pool: Graph,
    archive: Archive | None = None,
    *,
    older: bool = False,
) -> Flask:
    """Compose the app that serves a release; all its queries go through the pool.

    The archive has the releases beside it; an older one's app shows it as it was.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.request_bytes
    app.extensions["iprgraph"] = PageContext(
        settings,
        release,
        GraphReader(pool),
        questions.load(),
        ArticleTexts(settings.texts, settings.texts_for),
        archive,
        None if older else ClaimHistories(),
    )
    app.url_map.converters.update(kind=Kind, slug=Slug, graph_name=GraphName)
    pages.install(app)
    marked_article.install(app)
    if archive and older:
        memento_headers.install_mementos(app, archive, release)
    elif archive:
        memento_headers.install_originals(app, archive)

    @app.context_processor
    def shared() -> dict[str, object]:
        return {
            "release": release,
            "is_older": older and archive is not None and archive.served.id != release.id,
            "suffixes": SUFFIXES,
            "media_type": {form.name: form.media_type for form in DOCUMENTS}.__getitem__,
            "size": release_files.size,
            "local": local,
        }

    for blueprint in (
        start.views, query.views, search.views, things.views, summaries.speaker_views,
        summaries.quality_views, vocabulary.views, graphs.views, linksets.views, dataset.views,
        signposts.views, dataset.download_views, nanopubs.views, releases.views, cite.views,
        service.report_views, service.problem_views, service.status_views, why.views,
        service.api_views,
    ):  # fmt: skip
        app.register_blueprint(blueprint)
    return app


def prepare(app: Flask) -> None:
    """Compile what people see first, which takes longer than to show it."""
    catalogue()
    for name in FIRST:
        app.jinja_env.get_template(name)
