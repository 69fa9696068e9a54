"""Retired things: a tombstone in the data says since when, why, and what replaces them.

organization:old owl:deprecated true ;
    prov:invalidatedAtTime "2026-11-01T00:00:00Z"^^xsd:dateTime ;
    dcterms:isReplacedBy organization:new ;
    rdfs:comment "Merged into the other one."@en , "已并入另一条目。"@zh .
"""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox
from flask import request

from iprgraph.errors import Text
from iprgraph.namespaces import BASE, INFERRED, expand, shorten
from iprgraph.rdf.query_results import Row
from iprgraph.versions.claim_history import History
from iprgraph_server.http.problems import Gone, HttpProblem, NotFound
from iprgraph_server.http.public_address import site_root
from iprgraph_server.models.claim_histories import history_document
from iprgraph_server.models.page_context import PageContext

_TOMBSTONE = "owl:deprecated prov:invalidatedAtTime dcterms:isReplacedBy rdfs:comment"


class _WithHistory(HttpProblem):
    """A refusal of a claim, with its history in the releases; extra: history."""

    def __init__(
        self, detail: str, *headers: tuple[str, str], claim_history: History | None, **extra: Any
    ) -> None:
        steps = history_document(claim_history) if claim_history and claim_history.steps else None
        super().__init__(detail, *headers, history=steps, **extra)
        self.history = claim_history


class Retired(_WithHistory, Gone):
    """What is retired."""


class Former(_WithHistory, NotFound):
    """What an older release has, and no tombstone explains."""


def require(context: PageContext, thing: ox.NamedNode, unknown: NotFound) -> None:
    """Raise Retired or Former for what no longer exists, and the given problem for what never did."""
    asserted = f"FILTER(?g != {INFERRED})"
    rows = context.graph.select(
        f"SELECT ?p ?o WHERE {{ {{ SELECT ?p WHERE {{ GRAPH ?g {{ {thing} ?p ?any }} {asserted} }} "
        f"LIMIT 1 }} UNION {{ VALUES ?p {{ {_TOMBSTONE} }} GRAPH ?g {{ {thing} ?p ?o }} {asserted} }} }}"
    )
    if not rows:
        history = context.history_of(thing.value)
        raise (
            Former(unknown.detail, claim_history=history) if history and history.steps else unknown
        )
    statements = [row for row in rows if "o" in row]
    if _is_retired(statements):
        raise _gone(context, thing, statements)


def local(iri: str, root: str = "") -> str:
    """Return the path at which this server answers for an IRI of ours; others stay as they are."""
    return f"{root}/{iri.removeprefix(BASE)}" if iri.startswith(BASE) else iri


def _is_retired(statements: list[Row]) -> bool:
    return any(
        row["p"].value == expand("owl:deprecated") and row["o"].value == "true"
        for row in statements
    )


def _gone(context: PageContext, thing: ox.NamedNode, statements: list[Row]) -> Gone:
    """Return the refusal: in words, as links to the successors, and as the triples of the tombstone."""

    def values(compact: str) -> list[str]:
        terms = [row["o"] for row in statements if row["p"].value == expand(compact)]
        english = [o for o in terms if isinstance(o, ox.Literal) and o.language == "en"]
        return sorted({o.value for o in english or terms})

    since, successors = values("prov:invalidatedAtTime"), values("dcterms:isReplacedBy")
    reasons: dict[str, str] = {}
    for row in sorted(statements, key=lambda row: row["o"].value):
        if row["p"].value == expand("rdfs:comment"):
            tag = getattr(row["o"], "language", None) or "en"
            reasons[tag] = f"{reasons[tag]} {row['o'].value}" if tag in reasons else row["o"].value
    detail = Text("{thing} was retired.", thing=shorten(thing.value))
    if since:
        name, date = shorten(thing.value), since[0][:10]
        detail = Text("{thing} was retired on {date}.", thing=name, date=date)
    if reasons:
        detail = Text("{told} {reason}", told=detail, reason=reasons)
    if successors:
        detail = Text("{told} See {listed} instead.", told=detail, listed=successors)
    root = site_root(request.environ)
    links = ", ".join(f'<{local(iri, root)}>; rel="successor-version"' for iri in successors)
    triples = [ox.Triple(thing, row["p"], row["o"]) for row in statements]  # type: ignore[arg-type]
    return Retired(
        detail,
        *([("link", links)] if links else []),
        claim_history=context.history_of(thing.value),
        report=ox.serialize(dict.fromkeys(triples), format=ox.RdfFormat.N_TRIPLES) or b"",
        since=since[0] if since else None,
        replaced_by=successors or None,
    )
