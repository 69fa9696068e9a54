"""Cite things and answers; repeat the query of a cited answer on its release and on the newest."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

import pyoxigraph as ox
from markupsafe import Markup

from iprgraph.claims.citation import (
    AnswerLines,
    Attribution,
    Citations,
    CitedAnswer,
    Reference,
    answer_lines,
    of_thing,
)
from iprgraph.claims.model import Claim
from iprgraph.errors import Text
from iprgraph.namespaces import BASE
from iprgraph.release.release import Release
from iprgraph.sparql.guard import form_of
from iprgraph_server.errors import Problem, ResultTooLargeProblem
from iprgraph_server.http.messages import Headers
from iprgraph_server.i18n.language import translate
from iprgraph_server.linked_data.memento import LONGEST_LINKED
from iprgraph_server.models.graph_reader import Graph
from iprgraph_server.presentation.wording import Wording
from iprgraph_server.settings import Settings
from iprgraph_server.workers.jobs import Query

#: Longer answers are not cited.
MOST_BYTES = 10_000_000

#: Lines of a difference that are shown.
MOST_LINES = 100

#: Kinds of things that others wrote: what is cited is what is claimed from them.
SOURCES = ("article", "report", "source")

#: A query string with a query in it, well encoded, and nothing else.
_PLAIN = re.compile(r"query=[A-Za-z0-9%._~+*!$'(),:@/?-]*\Z")


class RepeatedAnswer(NamedTuple):
    """The answer of a cited query today, or the ``problem`` why there is none."""

    release: str
    rows: AnswerLines | None
    problem: str = ""


def reference(
    release: Release, thing: ox.NamedNode, kind: str, claim: Claim | None, words: Wording
) -> Reference:
    """Return the citation of a thing in a release; that of a claim has who says it, when and where."""
    name = words.name(thing)
    title = (
        translate("cite.source", words.language, name=name.text)
        if kind in SOURCES
        else Markup("{}").format(name.text)
    )
    return of_thing(
        thing.value,
        # No form of a citation is HTML.
        title.unescape(),
        release.manifest["title"],
        release.manifest["issued"],
        release.id,
        words.language,
        _attribution(claim, words) if claim else Attribution(),
    )


def _attribution(claim: Claim, words: Wording) -> Attribution:
    def names(compact: str) -> str:
        terms = claim.all(compact)
        texts = [words.name(t).text if isinstance(t, ox.NamedNode) else t.value for t in terms]
        return str(translate("thing.and", words.language)).join(texts)

    link = next((p.link for p in claim.passages if p.link), claim.source_url)
    return Attribution(names("ipr:attributedTo"), names("ipr:saidOn"), names("ipr:source"), link)


def store_of(settings: Settings, release: Release) -> Citations:
    """Return the store of citations, which lies beside the journal."""
    folder = Path(settings.journal).absolute().parent if settings.journal else release.dir.parent
    return _store(folder / "citations.jsonl", settings.citation_bytes)


@lru_cache(maxsize=4)
def _store(file: Path, max_bytes: int) -> Citations:
    """Return the one store of a file in this process."""
    return Citations(file, max_bytes)


def evaluate(graph: Graph, cited: CitedAnswer) -> AnswerLines:
    """Return the answer of a graph to a cited query; raises an errors.Problem."""
    form = form_of(cited.query)
    written = "ntriples" if form in {"CONSTRUCT", "DESCRIBE"} else "tsv"
    job = Query(cited.query, format=written, base=BASE, infer=cited.infer)
    if cited.default_graphs or cited.named_graphs:
        job = job._replace(default_graphs=cited.default_graphs, named_graphs=cited.named_graphs)
    done = graph.run(job)
    if len(done.body) > MOST_BYTES:
        raise ResultTooLargeProblem(
            Text(
                "An answer of more than {most} bytes is not cited by its hash; cite the release and "
                "the query.",
                most=f"{MOST_BYTES:,}",
            ),
            limit=MOST_BYTES,
        )
    return answer_lines(done.facts["form"], done.body)


def answer_today(graph: Graph, cited: CitedAnswer) -> CitedAnswer:
    """Return a citation with the hash and number of rows of today's answer; raises an errors.Problem."""
    rows = evaluate(graph, cited)
    today = datetime.now(UTC).date().isoformat()
    return cited._replace(sha256=rows.sha256, rows=len(rows.lines), date=today)


def repeat(graph: Graph | None, cited: CitedAnswer, release: str) -> RepeatedAnswer:
    """Return the answer to a cited query today, or the problem: no release, or a query that fails."""
    if graph is None:
        return RepeatedAnswer(release, None, f"Release {release} is no longer here.")
    try:
        return RepeatedAnswer(release, evaluate(graph, cited))
    except Problem as problem:
        return RepeatedAnswer(release, None, problem.detail)


def document(cited: CitedAnswer, then: RepeatedAnswer, now: RepeatedAnswer) -> dict[str, Any]:
    """Return for JSON a citation, whether its answer is still the same, and the newest answer."""
    comparison: dict[str, Any] = {
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
        comparison["newest"] |= {
            "sha256": now.rows.sha256,
            "rows": len(now.rows.lines),
            "same": now.rows.sha256 == cited.sha256,
        }
    if now.rows and then.rows:
        added, removed = now.rows.compare(then.rows)
        comparison["newest"] |= {
            "columns": now.rows.head,
            "added": added[:MOST_LINES],
            "removed": removed[:MOST_LINES],
            "added_count": len(added),
            "removed_count": len(removed),
        }
    return comparison


def link_citation(
    headers: Headers, root: str, release: str, job: Query, query_string: str
) -> Headers:
    """Return headers with a link to the answer's citation, unless the query is too long for one."""
    if _PLAIN.match(query_string):
        # Encoding a query again takes a tenth of the time of a lookup.
        address = f"{query_string}&release={quote_plus(release)}"
    else:
        params = [("query", job.text), ("release", release)]
        params += [("default-graph-uri", graph) for graph in job.default_graphs or ()]
        params += [("named-graph-uri", graph) for graph in job.named_graphs or ()]
        address = urlencode(params if job.infer else [*params, ("infer", "false")])
    if len(address) > LONGEST_LINKED:
        return headers
    links = [value for name, value in headers if name == "link"]
    # One header field for all links: some clients keep only the last of several.
    links.append(f'<{root}/cite?{address}>; rel="cite-as"')
    return [*(h for h in headers if h[0] != "link"), ("link", ", ".join(links))]
