"""Cite things, and ask what is cited again: on its release, and on what is served now."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

import pyoxigraph as ox
from markupsafe import Markup

from iprgraph.claims.citation import Citations, Cited, Reference, Rows, Said, of_thing, rows_of
from iprgraph.namespaces import BASE
from iprgraph.release.release import Release
from iprgraph.sparql.guard import form_of
from iprgraph_server.errors import Problem, ResultTooLarge
from iprgraph_server.http.messages import Headers
from iprgraph_server.i18n.language import translate
from iprgraph_server.linked_data.memento import LONGEST_LINKED
from iprgraph_server.models.claims import Claim
from iprgraph_server.models.site import Graph
from iprgraph_server.presentation.wording import Wording
from iprgraph_server.settings import Settings
from iprgraph_server.workers.jobs import Query

#: Answers that are longer are not compared line by line.
MOST_BYTES = 10_000_000

#: Lines of a difference that are shown.
MOST_LINES = 100


#: Kinds of things that others wrote: what is cited is what is claimed from them.
SOURCES = ("article", "report", "source")

#: A query string with a query in it, well encoded, and nothing else.
_PLAIN = re.compile(r"query=[A-Za-z0-9%._~+*!$'(),:@/?-]*\Z")


class Checked(NamedTuple):
    """What an answer is now; ``problem`` where there is none."""

    release: str
    rows: Rows | None
    problem: str = ""


def reference(
    release: Release, thing: ox.NamedNode, kind: str, claim: Claim | None, words: Wording
) -> Reference:
    """Cite what a release says of a thing; of a claim, with who says it where."""
    name = words.name(thing)
    title = (
        translate("cite.source", words.language, name=name.text)
        if kind in SOURCES
        else Markup("{}").format(name.text)
    )
    return of_thing(
        thing.value,
        # As plain text: no form of a citation is HTML.
        title.unescape(),
        release.manifest["title"],
        release.manifest["issued"],
        release.id,
        words.language,
        _said(claim, words) if claim else Said(),
    )


def _said(claim: Claim, words: Wording) -> Said:
    def told(compact: str) -> str:
        terms = claim.all(compact)
        named = [words.name(t).text if isinstance(t, ox.NamedNode) else t.value for t in terms]
        return str(translate("thing.and", words.language)).join(named)

    link = next((passage.address for passage in claim.passages if passage.address), claim.home)
    return Said(told("ipr:attributedTo"), told("ipr:saidOn"), told("ipr:source"), link)


def store_of(settings: Settings, release: Release) -> Citations:
    """Give the store of citations, which lies beside the journal."""
    folder = Path(settings.journal).absolute().parent if settings.journal else release.dir.parent
    return _store(folder / "citations.jsonl", settings.citation_bytes)


@lru_cache(maxsize=4)
def _store(file: Path, most: int) -> Citations:
    """Keep one for each file, whichever app asks."""
    return Citations(file, most)


def evaluate(graph: Graph, cited: Cited) -> Rows:
    """Ask a graph; raises an errors.Problem."""
    form = form_of(cited.query)
    written = "ntriples" if form in {"CONSTRUCT", "DESCRIBE"} else "tsv"
    job = Query(cited.query, format=written, base=BASE, infer=cited.infer)
    if cited.default_graphs or cited.named_graphs:
        job = job._replace(default_graphs=cited.default_graphs, named_graphs=cited.named_graphs)
    done = graph.run(job)
    if len(done.body) > MOST_BYTES:
        raise ResultTooLarge(
            f"An answer of more than {MOST_BYTES:,} bytes is not cited by its hash; cite the "
            "release and the query.",
            limit=MOST_BYTES,
        )
    return rows_of(done.facts["form"], done.body)


def first(graph: Graph, asked: Cited) -> Cited:
    """Ask for the first time, and note what came of it today; raises an errors.Problem."""
    rows = evaluate(graph, asked)
    today = datetime.now(UTC).date().isoformat()
    return asked._replace(sha256=rows.sha256, rows=len(rows.lines), date=today)


def again(graph: Graph | None, cited: Cited, release: str) -> Checked:
    """Ask again; a release that has gone, or a refusal, is told."""
    if graph is None:
        return Checked(release, None, f"Release {release} is no longer here.")
    try:
        return Checked(release, evaluate(graph, cited))
    except Problem as problem:
        return Checked(release, None, problem.detail)


def document(cited: Cited, then: Checked, now: Checked) -> dict[str, Any]:
    """Tell as values for JSON whether the answer is still the same, and what it is now."""
    told: dict[str, Any] = {
        "key": cited.key,
        "query": cited.query,
        "release": cited.release,
        "default_graphs": cited.default_graphs,
        "named_graphs": cited.named_graphs,
        "infer": cited.infer,
        "date": cited.date,
        "sha256": cited.sha256,
        "rows": cited.rows,
        "matches": then.rows.sha256 == cited.sha256 if then.rows else None,
        "problem": then.problem or None,
        "newest": {"release": now.release, "problem": now.problem or None},
    }
    if now.rows:
        told["newest"] |= {
            "sha256": now.rows.sha256,
            "rows": len(now.rows.lines),
            "same": now.rows.sha256 == cited.sha256,
        }
    if now.rows and then.rows:
        added, removed = now.rows.since(then.rows)
        told["newest"] |= {
            "columns": now.rows.head,
            "added": added[:MOST_LINES],
            "removed": removed[:MOST_LINES],
            "added_count": len(added),
            "removed_count": len(removed),
        }
    return told


def citable(headers: Headers, release: str, job: Query, query_string: str) -> Headers:
    """Link the answer of a release to its citation, unless the query is too long for a header."""
    if _PLAIN.match(query_string):
        # To encode a query again takes a tenth of the time of a lookup.
        written = f"{query_string}&release={quote_plus(release)}"
    else:
        asked = [("query", job.text), ("release", release)]
        asked += [("default-graph-uri", graph) for graph in job.default_graphs or ()]
        asked += [("named-graph-uri", graph) for graph in job.named_graphs or ()]
        written = urlencode(asked if job.infer else [*asked, ("infer", "false")])
    if len(written) > LONGEST_LINKED:
        return headers
    links = [value for name, value in headers if name == "link"]
    # One field for all: some clients keep only the last of several.
    links.append(f'</cite?{written}>; rel="cite-as"')
    return [*(h for h in headers if h[0] != "link"), ("link", ", ".join(links))]
