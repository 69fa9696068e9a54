"""Write RDF documents: a thing's facts with the claims that say them, or a whole named graph.

In TriG, N-Quads and JSON-LD every triple stands in its graph, what is inferred in graph/inferred.
In Turtle, N-Triples and RDF/XML what is inferred comes last, under a comment that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import pyoxigraph as ox

from iprgraph.content.loader import Content
from iprgraph.namespaces import BASE, CLAIMS, DCTERMS, INFERRED, RDF, SKOS, expand
from iprgraph.rdf import jsonld
from iprgraph.rdf.query_results import Row, values
from iprgraph.rdf.syntax import SYNTAXES, used_prefixes
from iprgraph_server.http.formats import Format
from iprgraph_server.models.graph_reader import GraphReader

LICENSE = ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")
DATASET = ox.NamedNode(BASE + "dataset")

#: How many claims a document includes whole, and how many links; a note says when there are more.
CLAIMS_INCLUDED = 200
LINKS_INCLUDED = 1_000

_TOPIC = expand("foaf:primaryTopic")
_NOTE = "Inferred by OWL 2 RL reasoning, asserted by no one:"


def document_of(graph: GraphReader, thing: ox.NamedNode, inferred: bool = True) -> list[ox.Quad]:
    """Return the quads of the document about a thing, with or without the inferred ones."""
    only_asserted = "" if inferred else f" FILTER(?g != {INFERRED})"
    own = graph.select(f"SELECT ?g ?p ?o WHERE {{ GRAPH ?g {{ {thing} ?p ?o }}{only_asserted} }}")
    links = graph.select(
        f"SELECT ?g ?s ?p WHERE {{ GRAPH ?g {{ ?s ?p {thing} }} FILTER(?g != {INFERRED}) }} "
        f"ORDER BY ?s ?p ?g LIMIT {LINKS_INCLUDED + 1}"
    )
    claims = {row["g"].value for row in (*own, *links) if row["g"].value.startswith(CLAIMS)}
    if thing.value.startswith(CLAIMS):
        claims.add(thing.value)
    included = [ox.NamedNode(iri) for iri in sorted(claims)[:CLAIMS_INCLUDED]]
    cut = len(claims) > CLAIMS_INCLUDED or len(links) > LINKS_INCLUDED
    quads = {_quad(row, thing=thing) for row in own}
    quads |= {_quad(row, target=thing) for row in links[:LINKS_INCLUDED]}
    if included:
        quads |= {_quad(row) for row in graph.select(_claims_query(included))}
    quads |= _labels(graph, quads)
    return sorted(
        quads | _document_quads(thing, cut, inferred), key=lambda quad: _order(quad, thing)
    )


def _claims_query(claims: list[ox.NamedNode]) -> str:
    """Write the query for claims with their assertions, provenance, passages and sources."""
    these = values("claim", claims)
    asserted = f"FILTER(?g != {INFERRED})"
    return (
        "SELECT ?g ?s ?p ?o WHERE { "
        f"{{ {these} GRAPH ?claim {{ ?s ?p ?o }} BIND(?claim AS ?g) }} UNION "
        f"{{ {these} GRAPH ?g {{ ?claim ?p ?o }} {asserted} BIND(?claim AS ?s) }} UNION "
        f"{{ {these} ?claim ipr:evidence ?s . GRAPH ?g {{ ?s ?p ?o }} {asserted} }} UNION "
        f"{{ {these} ?claim ipr:evidence/oa:hasSelector ?s . "
        f"GRAPH ?g {{ ?s ?p ?o }} {asserted} }} UNION "
        f"{{ {{ SELECT DISTINCT ?s WHERE {{ {these} ?claim ipr:source ?s }} }} "
        f"GRAPH ?g {{ ?s ?p ?o }} {asserted} FILTER(?p IN (rdf:type, schema:url, "
        "schema:publisher, schema:datePublished, dcterms:issued, dcterms:license)) } }"
    )


def _labels(graph: GraphReader, quads: Iterable[ox.Quad]) -> set[ox.Quad]:
    """Return the labels of the things in the quads: they belong to the document, their claims may not."""
    terms = {term for quad in quads for term in (quad.subject, quad.object)}
    ours = [t for t in terms if isinstance(t, ox.NamedNode) and t.value.startswith(BASE)]
    rows = graph.select(
        f"SELECT ?s ?o WHERE {{ {values('s', ours)} {{ ?s skos:prefLabel ?o }} UNION "
        "{ ?s rdfs:label ?o FILTER NOT EXISTS { ?s skos:prefLabel ?any } } }"
    )
    named = {(quad.subject, quad.object) for quad in quads if quad.predicate == SKOS.prefLabel}
    return {
        ox.Quad(row["s"], SKOS.prefLabel, row["o"])  # type: ignore[arg-type]
        for row in rows
        if (row["s"], row["o"]) not in named
    }


def _document_quads(thing: ox.NamedNode, cut: bool, inferred: bool) -> set[ox.Quad]:
    """Return the quads about the document itself, and the address of its asserted part."""
    page = ox.NamedNode(thing.value.replace(f"{BASE}id/", f"{BASE}data/", 1))
    about = {
        ox.Quad(page, RDF.type, ox.NamedNode(expand("foaf:Document"))),
        ox.Quad(page, ox.NamedNode(_TOPIC), thing),
        ox.Quad(page, ox.NamedNode(expand("dcterms:isPartOf")), DATASET),
        ox.Quad(page, DCTERMS.license, LICENSE),
    }
    if inferred:
        part = ox.NamedNode(f"{page.value}?infer=false")
        label = ox.Literal("What is asserted, without what is inferred", language="en")
        about.add(ox.Quad(page, ox.NamedNode(expand("dcterms:hasPart")), part))
        about.add(ox.Quad(part, ox.NamedNode(expand("rdfs:label")), label))
    if cut:
        note = ox.Literal(
            f"Holds the first {CLAIMS_INCLUDED} claims and {LINKS_INCLUDED} links only; "
            "the endpoint has them all.",
            language="en",
        )
        about.add(ox.Quad(page, ox.NamedNode(expand("rdfs:comment")), note))
    return about


def _quad(
    row: Row, thing: ox.NamedNode | None = None, target: ox.NamedNode | None = None
) -> ox.Quad:
    return ox.Quad(thing or row["s"], row["p"], target or row["o"], row["g"])  # type: ignore[arg-type]


def _order(quad: ox.Quad, thing: ox.NamedNode | None) -> tuple[object, ...]:
    """Return a sort key: default graph, claims, sources, inferred; in each, the thing first."""
    graph = quad.graph_name
    place = 0 if isinstance(graph, ox.DefaultGraph) else 3 if graph == INFERRED else 2
    if place == 2 and str(graph.value).startswith(CLAIMS):  # type: ignore[union-attr]
        place = 1
    is_type = quad.predicate != RDF.type
    return (place, str(graph), quad.subject != thing, str(quad.subject), is_type, str(quad))


def graph_quads(graph: GraphReader, name: ox.NamedNode) -> list[ox.Quad]:
    """Return all quads of a named graph; none when there is no such graph."""
    rows = graph.select(f"SELECT ?s ?p ?o WHERE {{ GRAPH {name} {{ ?s ?p ?o }} }}")
    quads = [ox.Quad(r["s"], r["p"], r["o"], name) for r in rows]  # type: ignore[arg-type]
    return sorted(quads, key=lambda quad: _order(quad, None))


def write(quads: list[ox.Quad], form: Format, inferred_apart: bool = True) -> bytes:
    """Write quads in a form; flat ones have no graphs, and what is inferred under a comment."""
    if form.name == "jsonld":
        return jsonld.write(quads, _context())
    syntax = SYNTAXES[form.name]
    prefixes = used_prefixes(quads)
    if syntax.datasets:
        return ox.serialize(quads, format=syntax.format, prefixes=prefixes) or b""
    quads = sorted(quads, key=_subjects_together(quads))
    stated = {quad.triple for quad in quads if quad.graph_name != INFERRED or not inferred_apart}
    asserted = dict.fromkeys(quad.triple for quad in quads if quad.triple in stated)
    inferred = dict.fromkeys(quad.triple for quad in quads if quad.triple not in stated)
    written = ox.serialize(asserted, format=syntax.format, prefixes=prefixes) or b""
    if not inferred:
        return written
    return _append_inferred(
        written, ox.serialize(inferred, format=syntax.format, prefixes=prefixes) or b"", form.name
    )


def _append_inferred(asserted: bytes, inferred: bytes, form: str) -> bytes:
    """Return a document with the inferred part appended under a comment."""
    if form == "rdfxml":
        # Both have the same root element, since both were written with the same prefixes.
        start = inferred.index(b">", inferred.index(b"<rdf:RDF")) + 1
        end = asserted.rindex(b"</rdf:RDF>")
        return asserted[:end] + f"\t<!-- {_NOTE} -->".encode() + inferred[start:]
    lines = inferred.split(b"\n")
    body = b"\n".join(line for line in lines if not line.startswith(b"@prefix "))
    return asserted + f"\n# {_NOTE}\n".encode() + body


def _subjects_together(quads: list[ox.Quad]) -> Callable[[ox.Quad], tuple[object, ...]]:
    """Return a sort key for quads without graphs: the topic of the document, other things, names."""
    topics = {quad.object for quad in quads if quad.predicate.value == _TOPIC}
    first: dict[object, tuple[object, ...]] = {}
    for index, quad in enumerate(quads):
        mere_name = isinstance(quad.graph_name, ox.DefaultGraph)
        place = (quad.subject not in topics, mere_name, index)
        first[quad.subject] = min(place, first.get(quad.subject, place))
    return lambda quad: (*first[quad.subject], quad.predicate != RDF.type, str(quad.triple))


@cache
def _context() -> jsonld.Context:
    return jsonld.read_context(Content.bundled().context)
