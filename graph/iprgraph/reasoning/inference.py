"""Inference: the OWL 2 RL closure of the data under the ontology, without the exclusions.

owlrl closes the axioms; rules made from them are compiled to SPARQL updates and run in the engine.
What is left out is listed in exclusions.py and in owlrl_rules.LEFT_OUT.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
import rdflib
from owlrl.DatatypeHandling import AltXSDToPYTHON

from iprgraph.errors import Inconsistency, Text
from iprgraph.namespaces import INFERRED, shorten
from iprgraph.rdf.lexical_forms import EscapedLiterals, unescaped
from iprgraph.reasoning.axioms import Triple, deskolemise, is_axiom, skolemise
from iprgraph.reasoning.exclusions import is_excluded
from iprgraph.reasoning.materialise import materialise

__all__ = ["infer", "is_excluded"]

#: The graph that holds all statements while they are reasoned over.
_STATED = ox.NamedNode("urn:x-iprgraph:stated")


def infer(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return what follows from the quads of all graphs together, as sorted quads of graph/inferred.

    Raises Inconsistency when the data contradict the ontology, DataError for an ontology
    that goes beyond OWL 2 RL.
    """
    quads = list(quads)
    _check_literals(quads)
    escape = EscapedLiterals().escape
    stated: set[Triple] = {
        (skolemise(q.subject), q.predicate, escape(skolemise(q.object)))  # type: ignore[misc]
        for q in quads
    }
    store = ox.Store()
    store.bulk_extend(ox.Quad(*t, _STATED) for t in stated)  # type: ignore[arg-type]
    try:
        materialise(store)
    except Inconsistency as error:
        raise Inconsistency([_with_graphs(problem, quads) for problem in error.problems]) from None
    inferred = []
    for quad in store.quads_for_pattern(None, None, None, INFERRED):
        s, p, o = deskolemise(quad.subject), quad.predicate, unescaped(deskolemise(quad.object))
        if not is_excluded(s, p, o):
            inferred.append(ox.Quad(s, p, o, INFERRED))  # type: ignore[arg-type]
    return sorted(inferred, key=str)


def _check_literals(quads: Iterable[ox.Quad]) -> None:
    """Raise Inconsistency for literals that do not fit their datatype, as owlrl does (dt-not-type)."""
    problems = []
    for literal in {q.object for q in quads if isinstance(q.object, ox.Literal)}:
        parse = AltXSDToPYTHON.get(rdflib.URIRef(literal.datatype.value))
        try:
            if parse:
                parse(literal.value)
        except ValueError:
            problems.append(f"{literal} is not written as its datatype requires (dt-not-type)")
    if problems:
        raise Inconsistency(sorted(problems))


def _with_graphs(problem: str, quads: list[ox.Quad]) -> str:
    """Return a contradiction with the graphs that describe the things it names."""
    involved = set(problem.partition(": ")[0].split(", "))
    graphs = sorted(
        {
            shorten(q.graph_name.value)
            for q in quads
            if isinstance(q.graph_name, ox.NamedNode)
            and isinstance(q.subject, ox.NamedNode)
            and shorten(q.subject.value) in involved
            and not is_axiom(q.subject, q.predicate, q.object)
        }
    )
    if not graphs:
        return problem
    return Text("{problem}\n  said in {listed}", problem=Text.of(problem), listed=graphs)
