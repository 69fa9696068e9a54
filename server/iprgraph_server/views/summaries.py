"""The dataset summed up: who says what, and how good the data are."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, request

from iprgraph.namespaces import XSD
from iprgraph.shacl.report import Report, ValidationResult
from iprgraph_server.http.formats import HTML
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data import release_files
from iprgraph_server.models.page_context import page_context
from iprgraph_server.models.quality import read_quality
from iprgraph_server.models.speakers import CLAIMS_SHOWN, MODALITIES, THEMES, read_speakers
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages
from iprgraph_server.presentation.wording import Wording

speaker_views = Blueprint("speakers", __name__)
quality_views = Blueprint("quality", __name__)


@speaker_views.get("/speakers")
@described("pages", HTML, query=("lang",), refusals=())
def speakers() -> Response:
    """Show who says what in articles."""
    ranked, names = read_speakers(page_context().graph)
    return pages.page(
        "speakers.html",
        w=Wording(choose(request), names),
        speakers=ranked,
        themes=[theme for theme in THEMES if any(theme in s.themes for s in ranked)],
        modalities=MODALITIES,
        most=CLAIMS_SHOWN,
    )


#: How many focus nodes of one shape the page names.
NODES_SHOWN = 20


@quality_views.get("/quality")
@described("pages", HTML, query=("lang",), refusals=())
def quality() -> Response:
    """Show how good the data are."""
    context = page_context()
    report = release_files.find(context.release, "report.ttl")
    results = _results(report.path) if report else []
    writes = _writes(context.graph.pool.status().get("warnings", []))
    shown = [*(group[:NODES_SHOWN] for _, group in results), *(results for _, results in writes)]
    summary = read_quality(context.graph, [result.focus for group in shown for result in group])
    return pages.page(
        "quality.html",
        w=Wording(choose(request), summary.names),
        quality=summary,
        counts=context.release.manifest["counts"],
        results=results,
        writes=writes,
        nodes_shown=NODES_SHOWN,
    )


def _writes(
    warnings: list[tuple[float, list[dict[str, Any]]]],
) -> list[tuple[ox.Literal, list[ValidationResult]]]:
    """Return the warnings about accepted writes, newest first, each with its moment."""
    by_moment = []
    for at, results in reversed(warnings):
        moment = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
        when = ox.Literal(moment, datatype=XSD.dateTime)
        messages = [tuple(sorted(result["messages"].items())) for result in results]
        both = zip(results, messages, strict=True)
        by_moment.append(
            (when, [ValidationResult(**{**result, "messages": m}) for result, m in both])
        )
    return by_moment


@lru_cache(maxsize=4)
def _results(path: Path) -> list[tuple[ValidationResult, list[ValidationResult]]]:
    """Return the results of a validation report by shape, each with the first of them."""
    report = Report(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE))
    grouped = groupby(report.results, key=lambda result: (result.severity, result.shape))
    return [(results[0], results) for _, group in grouped if (results := list(group))]
