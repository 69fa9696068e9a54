"""Tell what has been retired: a tombstone in the data says since when, why, and what replaces it.

organization:old owl:deprecated true ;
    prov:invalidatedAtTime "2026-11-01T00:00:00Z"^^xsd:dateTime ;
    dcterms:isReplacedBy organization:new ;
    rdfs:comment "Merged into the other one."@en , "已并入另一条目。"@zh .
"""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

from iprgraph.namespaces import BASE, INFERRED, expand, shorten
from iprgraph.rdf.query_results import Row
from iprgraph.versions.claim_history import History
from iprgraph_server.http.problems import Gone, HttpProblem, NotFound
from iprgraph_server.models.claim_histories import history_document
from iprgraph_server.models.page_context import PageContext

_TOLD = "owl:deprecated prov:invalidatedAtTime dcterms:isReplacedBy rdfs:comment"


class _WithHistory(HttpProblem):
    """A refusal of a claim, with its history in the releases; extra: history."""

    def __init__(
        self, detail: str, *headers: tuple[str, str], told: History | None, **extra: Any
    ) -> None:
        steps = history_document(told) if told and told.steps else None
        super().__init__(detail, *headers, history=steps, **extra)
        self.history = told


class Retired(_WithHistory, Gone):
    """What is retired."""


class Former(_WithHistory, NotFound):
    """What an older release had, and no tombstone tells of."""


def require(context: PageContext, thing: ox.NamedNode, unknown: NotFound) -> None:
    """Raise Gone for what is retired, and the problem given for what never was."""
    asserted = f"FILTER(?g != {INFERRED})"
    rows = context.graph.select(
        f"SELECT ?p ?o WHERE {{ {{ SELECT ?p WHERE {{ GRAPH ?g {{ {thing} ?p ?any }} {asserted} }} "
        f"LIMIT 1 }} UNION {{ VALUES ?p {{ {_TOLD} }} GRAPH ?g {{ {thing} ?p ?o }} {asserted} }} }}"
    )
    if not rows:
        before = context.history_of(thing.value)
        raise Former(unknown.detail, told=before) if before and before.steps else unknown
    told = [row for row in rows if "o" in row]
    if _is_retired(told):
        raise _gone(context, thing, told)


def local(iri: str) -> str:
    """Give the address at which this server answers for an IRI of ours; others stay as they are."""
    return "/" + iri.removeprefix(BASE) if iri.startswith(BASE) else iri


def _is_retired(told: list[Row]) -> bool:
    return any(
        row["p"].value == expand("owl:deprecated") and row["o"].value == "true" for row in told
    )


def _gone(context: PageContext, thing: ox.NamedNode, told: list[Row]) -> Gone:
    """Write the refusal: in words, as links to the successors, and as the tombstone's triples."""

    def values(compact: str) -> list[str]:
        found = [row["o"] for row in told if row["p"].value == expand(compact)]
        english = [o for o in found if isinstance(o, ox.Literal) and o.language == "en"]
        return sorted({o.value for o in english or found})

    since, reasons = values("prov:invalidatedAtTime"), values("rdfs:comment")
    successors = values("dcterms:isReplacedBy")
    detail = f"{shorten(thing.value)} was retired" + (f" on {since[0][:10]}" if since else "") + "."
    if reasons:
        detail += " " + " ".join(reasons)
    if successors:
        detail += f" See {', '.join(successors)} instead."
    links = ", ".join(f'<{local(iri)}>; rel="successor-version"' for iri in successors)
    triples = [ox.Triple(thing, row["p"], row["o"]) for row in told]  # type: ignore[arg-type]
    gone = Retired(
        detail,
        *([("link", links)] if links else []),
        told=context.history_of(thing.value),
        report=ox.serialize(dict.fromkeys(triples), format=ox.RdfFormat.N_TRIPLES) or b"",
        since=since[0] if since else None,
        replaced_by=successors or None,
    )
    comments = [row["o"] for row in told if row["p"].value == expand("rdfs:comment")]
    gone.quoted = [
        {o.language: o.value for o in comments if isinstance(o, ox.Literal) and o.language}
    ]
    return gone
