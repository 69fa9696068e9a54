"""Inference: the OWL 2 RL closure of the data under the ontology, by owlrl, less what no one asks for.

NOISE, what is left out of graph/inferred although OWL 2 RL entails it:

- what the data already say;
- triples with a blank node, such as membership of an unnamed restriction;
- triples whose subject is a literal, such as a literal's datatype;
- anything about a term of RDF, RDFS, OWL or XSD themselves;
- types out of these vocabularies: that all is an owl:Thing, that a class is an owl:Class;
- reflexive owl:sameAs, and all other schema triples but rdfs:subClassOf and rdfs:subPropertyOf
  between two different named terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import owlrl
import pyoxigraph as ox
import rdflib
from rdflib.namespace import OWL as R_OWL
from rdflib.namespace import RDF as R_RDF
from rdflib.namespace import RDFS as R_RDFS
from rdflib.term import Node

from iprgraph.bridge import Bridge
from iprgraph.content import ALIGNMENT, CONCEPTS, INFERRED, ONTOLOGY
from iprgraph.errors import Inconsistency
from iprgraph.namespaces import OWL, PREFIXES, RDF, RDFS, shorten

#: Vocabularies that describe themselves, and are not our subject.
_SELF = tuple(PREFIXES[name] for name in ("rdf", "rdfs", "owl", "xsd"))
_SCHEMA = (ONTOLOGY, ALIGNMENT, CONCEPTS)
#: Schema predicates worth keeping between named terms.
_HIERARCHY = (RDFS.subClassOf, RDFS.subPropertyOf)

_RULE_NAMES = tuple(str(namespace) for namespace in (R_RDF, R_RDFS, R_OWL))


def infer(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Give what follows from the quads of all graphs taken together, as quads of graph/inferred.

    Sorted. Raises Inconsistency when the data contradict the ontology.
    """
    quads = list(quads)
    bridge = Bridge()
    graph = bridge.graph(quads)
    asserted = {(quad.subject, quad.predicate, quad.object) for quad in quads}
    closure = Closure(graph)
    closure.closure()
    problems = [_explain(message, quads) for message in closure.error_messages]
    if problems:
        raise Inconsistency(sorted(problems))
    found = []
    for s, p, o in graph:
        triple = (bridge.back(s), bridge.back(p), bridge.back(o))
        if triple not in asserted and not is_noise(*triple):
            found.append(ox.Quad(*triple, INFERRED))  # type: ignore[arg-type]
    return sorted(found, key=str)


def is_noise(s: object, p: object, o: object) -> bool:
    """Tell whether an entailed triple is of the kinds that NOISE above lists."""
    if not isinstance(s, ox.NamedNode) or isinstance(o, ox.BlankNode):
        return True
    if s.value.startswith(_SELF):
        return True
    own = isinstance(o, ox.NamedNode) and o.value.startswith(_SELF)
    if p == RDF.type:
        return own
    if p == OWL.sameAs:
        return s == o
    if p in _HIERARCHY:
        return s == o or own
    # rdfs:label and rdfs:seeAlso are for things; the rest of RDFS and OWL is about the schema.
    schema = isinstance(p, ox.NamedNode) and p.value.startswith((RDFS.iri, OWL.iri))
    return schema and p not in (RDFS.label, RDFS.comment, RDFS.seeAlso)


class Closure(owlrl.OWLRL_Semantics):  # type: ignore[misc]
    """Close an rdflib graph in place, as owlrl does, without two costs that change nothing.

    1. No reflexive owl:sameAs (rule eq-ref). From `x sameAs x` the other rules of equality give
       only triples that are there already, and the triple itself is noise. An axiom about
       owl:sameAs itself could give more: where there is one, nothing is left out.
    2. Rules look only at triples they can start from. Each of owlrl's rules tests a triple's
       predicate, or the class in an rdf:type, against terms of RDF, RDFS and OWL, and finds
       instances through the graph's index; for any other triple all tests fail.

    A test compares the result with plain owlrl's.
    """

    def __init__(self, graph: rdflib.Graph) -> None:
        # Neither axiomatic triples nor datatype axioms: they speak of the vocabularies themselves.
        super().__init__(graph, False, False)
        about_sameness = ((R_OWL.sameAs, None, None), (None, None, R_OWL.sameAs))
        self._reflexive = any(pattern in graph for pattern in about_sameness)

    def rules(self, t: tuple[Node, Node, Node], cycle_num: int) -> None:
        _, p, o = t
        starts = str(o if p == R_RDF.type else p).startswith(_RULE_NAMES)
        if (
            self._reflexive
            or starts
            or (cycle_num == 1 and any(isinstance(term, rdflib.BNode) for term in t))
        ):
            super().rules(t, cycle_num)

    def _equality(self, triple: tuple[Node, Node, Node], cycle_num: int) -> None:
        s, p, o = triple
        if self._reflexive or p == R_RDF.type or (p == R_OWL.sameAs and s != o):
            super()._equality(triple, cycle_num)
        elif p == R_OWL.differentFrom and s == o:
            self.add_error(f"{s} is said to be different from itself")

    def store_triple(self, t: tuple[Node, Node, Node]) -> None:
        s, p, o = t
        if p == R_OWL.sameAs:
            if s == o and not self._reflexive:
                return
            if isinstance(s, rdflib.Literal) and isinstance(o, rdflib.Literal):
                self._compare(s, o)
        super().store_triple(t)

    def _compare(self, first: rdflib.Literal, second: rdflib.Literal) -> None:
        """Note an error where two different values are said to be the same.

        Rules dt-diff and eq-diff1, which owlrl leaves out: the values come from a functional
        property that has two.
        """
        try:
            if first.eq(second):
                return
        except TypeError:  # of a datatype that rdflib does not know: they may be the same
            return
        values = " and ".join(sorted((first.n3(), second.n3())))
        for p in self.graph.subjects(R_RDF.type, R_OWL.FunctionalProperty):
            for x in self.graph.subjects(p, first):
                if (x, p, second) in self.graph:
                    self.add_error(f"{x} has two values of the functional property {p}: {values}")


def _explain(message: str, quads: list[ox.Quad]) -> str:
    """Write owlrl's message with prefixed names, and where the things it names are described."""
    named = set(re.findall(r"https?://[^\s,()'\"]+", message))
    text = re.sub(r"https?://[^\s,()'\"]+", lambda match: shorten(match[0]), message)
    where = sorted(
        {
            shorten(str(quad.graph_name)[1:-1])
            for quad in quads
            if isinstance(quad.subject, ox.NamedNode)
            and quad.subject.value in named
            and isinstance(quad.graph_name, ox.NamedNode)
            and quad.graph_name not in _SCHEMA
        }
    )
    return f"{text}\n  said in {', '.join(where)}" if where else text
