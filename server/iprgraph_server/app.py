"""The Flask app: a release in, pages, documents, downloads and the protocol endpoints out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from werkzeug.routing import BaseConverter

from iprgraph.content import questions
from iprgraph.namespaces import TYPES
from iprgraph_server import logs
from iprgraph_server.endpoints.router import BlockingRouter
from iprgraph_server.graph_host.launch import SharedHost
from iprgraph_server.graph_host.release_pool import ReleaseRunner
from iprgraph_server.graph_host.release_source import ensure_release, journal_folder
from iprgraph_server.http.authorization import read_token
from iprgraph_server.http.formats import DOCUMENTS, SUFFIXES
from iprgraph_server.http.public_address import site_root
from iprgraph_server.i18n.catalogue import catalogue
from iprgraph_server.linked_data import memento_headers, release_files
from iprgraph_server.linked_data.tombstones import local
from iprgraph_server.models.graph_reader import GraphReader
from iprgraph_server.models.page_context import PageContext
from iprgraph_server.models.text_store import ArticleTexts
from iprgraph_server.pool.pool import BlockingPool, JobRunner, Pool
from iprgraph_server.presentation import marked_article, pages
from iprgraph_server.publisher import Publisher
from iprgraph_server.settings import from_flags
from iprgraph_server.views import (
    cite,
    dataset,
    graphs,
    linksets,
    nanopubs,
    protocol,
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
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from iprgraph.release.release import Release

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


def create_app(releases: str | Path = "releases", *, token: str = "", **settings: Any) -> Flask:
    """Return the Flask app that serves a release, or the newest one of a folder, with every address.

    ``settings`` are those of ``settings.Settings``; those not given, and the token that allows
    writes, are read from the environment. The bundled content is built where the folder has no
    release. The graph is in a process that all such apps of this machine share; it ends with the
    last of them. Raises an iprgraph.errors.IprGraphError for what cannot be served.
    """
    logs.configure_own()
    values = from_flags(settings)
    token = token or read_token()
    release = ensure_release(Path(releases))
    host = SharedHost(release.dir, values, journal_folder(values, release, writable=bool(token)))
    pool = Pool(values, host.address, revive=host.attach)
    publisher = Publisher(values, token, release, pool, make_older_pages)
    app = make_app(publisher, release, pool)
    publisher.serve(app.extensions["router"], pool)
    app.extensions["graph_host"] = host
    return app


def make_app(publisher: Publisher, release: Release, pool: Pool) -> Flask:
    """Return the app of a release with its endpoints, and with the older releases below it."""
    app = _make_pages(publisher, release, pool)
    app.extensions["publisher"] = publisher
    app.extensions["router"] = router = publisher.route(release, pool)
    app.extensions["endpoints"] = BlockingRouter(router, publisher.loop)
    app.register_blueprint(protocol.views)
    pages = app.wsgi_app

    def mount(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        publisher.address.apply(environ)
        older = publisher.past.mount(environ)
        return (older or pages)(environ, start_response)

    app.wsgi_app = mount  # type: ignore[method-assign]
    return app


def make_older_pages(publisher: Publisher, release: Release, runner: ReleaseRunner) -> Flask:
    """Return the app of an older release's pages, which show it as it was."""
    return _make_pages(publisher, release, runner, older=True)


def _make_pages(
    publisher: Publisher, release: Release, runner: JobRunner, *, older: bool = False
) -> Flask:
    """Return an app with the pages of a release."""
    settings = publisher.settings
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.request_bytes
    app.extensions["iprgraph"] = PageContext(
        settings,
        release,
        GraphReader(BlockingPool(runner, publisher.loop)),
        questions.load(),
        ArticleTexts(settings.texts, settings.texts_for),
        publisher.releases,
        None if older else publisher.histories,
    )
    app.url_map.converters.update(kind=Kind, slug=Slug, graph_name=GraphName)
    pages.install(app, publisher.recorder)
    marked_article.install(app)
    if older:
        memento_headers.install_mementos(app, publisher.releases, release)
    else:
        memento_headers.install_originals(app, publisher.releases)

    @app.context_processor
    def shared() -> dict[str, object]:
        return {
            "release": release,
            "is_older": older and publisher.releases.served.id != release.id,
            "suffixes": SUFFIXES,
            "media_type": {form.name: form.media_type for form in DOCUMENTS}.__getitem__,
            "size": release_files.size,
            "local": partial(local, root=site_root(request.environ)),
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
