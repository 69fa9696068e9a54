"""What the pages of an app are made from: settings, release, graph, texts and other releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app

from iprgraph.content.questions import Question
from iprgraph.namespaces import CLAIMS
from iprgraph.versions.claim_history import History
from iprgraph_server.http.problems import NotFound
from iprgraph_server.models.claim_histories import ClaimHistories
from iprgraph_server.models.graph_reader import GraphReader
from iprgraph_server.models.text_store import ArticleTexts

if TYPE_CHECKING:
    from iprgraph.release.release import Release
    from iprgraph_server.graph_host.release_pool import ReleasePool
    from iprgraph_server.settings import Settings


@dataclass(frozen=True)
class PageContext:
    """What the pages of one app read; none of it changes while the app serves."""

    settings: Settings
    release: Release
    graph: GraphReader
    #: The example questions, read once.
    questions: list[Question]
    #: The articles' own texts that the operator provides.
    texts: ArticleTexts
    #: All releases, where there is a folder of them.
    archive: ReleasePool | None = None
    #: Histories of claims; the pages of an older release, which never change, have none.
    histories: ClaimHistories | None = None

    def require_archive(self) -> ReleasePool:
        """Return the releases; raises NotFound where the server has one only."""
        if self.archive is None:
            raise NotFound("This server serves one release only.")
        return self.archive

    def history_of(self, iri: str) -> History | None:
        """Return the history of a claim in the releases; None for anything else."""
        if self.archive is None or self.histories is None or not iri.startswith(CLAIMS):
            return None
        return self.histories.of(iri, self.archive.timeline)


def page_context() -> PageContext:
    """Return the context of the app that answers."""
    return cast(PageContext, current_app.extensions["iprgraph"])
