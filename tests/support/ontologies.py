"""Small ontologies, and their closure by the rules and by owlrl, to compare."""

from __future__ import annotations

import owlrl
import pyoxigraph as ox
import rdflib
from hypothesis import strategies as st

from iprgraph.errors import Inconsistency
from iprgraph.namespaces import PREFIXES
from iprgraph.rdf.rdflib_bridge import Bridge
from iprgraph.reasoning.inference import infer, is_excluded

HEAD = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
HEAD += "PREFIX : <https://example.org/>\n"

THINGS, CLASSES, PROPERTIES = ([f":{letter}{i}" for i in range(4)] for letter in ("t", "C", "p"))
thing, cls, prop = map(st.sampled_from, (THINGS, CLASSES, PROPERTIES))
FACTS = st.one_of(
    st.builds("{} {} {} .".format, thing, prop, thing),
    st.builds("{} {} {} .".format, thing, prop, thing),
    st.builds("{} a {} .".format, thing, cls),
    st.builds("{} a {} .".format, thing, cls),
    st.builds("{} rdfs:label {} .".format, thing, st.sampled_from(['"a"', '"b"@en'])),
    st.builds("{} {} {} .".format, thing, st.sampled_from(["owl:sameAs", "owl:differentFrom"]), thing),
)  # fmt: skip


def parse(text: str) -> list[ox.Quad]:
    """Read Turtle; unnamed classes get names, so that their members are compared too."""
    return [
        ox.Quad(*(named(term) for term in (quad.subject, quad.predicate, quad.object)))  # type: ignore[arg-type]
        for quad in ox.parse(HEAD + text, ox.RdfFormat.TURTLE)
    ]


def named(term: object) -> object:
    return (
        ox.NamedNode(f"https://example.org/blank/{term.value}")
        if isinstance(term, ox.BlankNode)
        else term
    )


def by_owlrl(quads: list[ox.Quad]) -> set[str] | None:
    """Close with owlrl as it comes, less what is said to be noise; None for a contradiction."""
    bridge = Bridge()
    graph = bridge.graph(quads)
    closure = owlrl.OWLRL_Semantics(graph, False, False)
    closure.closure()
    if closure.error_messages or _misses(graph):
        return None
    given = {(quad.subject, quad.predicate, quad.object) for quad in quads}
    closed = {tuple(map(bridge.to_oxigraph, triple)) for triple in graph}
    return {str(ox.Triple(*t)) for t in closed - given if not is_excluded(*t)}  # type: ignore[arg-type]


def _misses(graph: rdflib.Graph) -> bool:
    """Find what owlrl overlooks: a thing that is different from itself, by rule eq-diff1."""
    owl = rdflib.OWL
    return any((s, owl.sameAs, o) in graph for s, o in graph.subject_objects(owl.differentFrom))


def by_rules(quads: list[ox.Quad]) -> set[str] | None:
    try:
        return {str(quad.triple) for quad in infer(quads)}
    except Inconsistency:
        return None
