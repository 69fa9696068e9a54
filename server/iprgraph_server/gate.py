"""The gate before every write: what the shapes reject is not kept."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from iprgraph.changes import Change, parse_quads
from iprgraph.content import SHAPES
from iprgraph_server.errors import ShapesRejected
from iprgraph_server.journal import Journal
from iprgraph_server.worker import Gate

#: So many results are told in the detail; the report has all.
_TOLD = 3


def shapes_gate(file: Path, journal: Path | None, store: ox.Store) -> Gate | None:
    """Make the gate of a release (its N-Quads), or None when its store has no shapes.

    A store rewrites literals, and shapes look at how these are written; so what is validated is the
    release's file and the changes since, as far as the store still has them.
    """
    if not store.contains_named_graph(SHAPES):
        return None
    # Loaded before the workers are forked, for it takes a while.
    from iprgraph.validate import validate

    def gate(store: ox.Store, change: Change) -> None:
        data: list[ox.Quad] = []
        shapes: list[ox.Quad] = []
        for quad in ox.parse(path=file, format=ox.RdfFormat.N_QUADS, lenient=True):
            (shapes if quad.graph_name == SHAPES else data).append(quad)
        for earlier in (*(Journal(journal).read() if journal else ()), change):
            data += parse_quads(earlier.added)
        after = dict.fromkeys(q for q in data if q.graph_name != SHAPES and q in store)
        report = validate(after, shapes)
        if report.violations:
            told = "\n".join(f"- {v.focus}: {v.message('en')}" for v in report.violations[:_TOLD])
            more = len(report.violations) - _TOLD
            raise ShapesRejected(
                f"Nothing was changed: the shapes find {report.summary()}.\n{told}"
                + (f"\n- and {more} more" if more > 0 else ""),
                ox.serialize((q.triple for q in report.graph), format=ox.RdfFormat.N_TRIPLES)
                or b"",
                text=report.text(),
            )

    return gate
