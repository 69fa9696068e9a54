"""The schema of a graph: its axioms, with blank nodes skolemised, and what owlrl infers from them alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import owlrl
import pyoxigraph as ox
from rdflib.term import Node

from iprgraph.errors import DataError, Inconsistency, Text
from iprgraph.namespaces import MERGED, OWL, PREFIXES, RDF, RDFS, SHAPES, shorten
from iprgraph.rdf.query_results import Term
from iprgraph.rdf.rdflib_bridge import Bridge

Triple = tuple[Term, Term, Term]

#: Base of the IRIs that stand for blank nodes during reasoning, since SPARQL cannot name these.
SKOLEM = "urn:x-iprgraph:blank:"

#: Graphs whose triples are not statements.
EXCLUDED_GRAPHS = (SHAPES, MERGED)

#: Vocabularies that describe themselves; nothing is inferred about their terms.
RESERVED = tuple(PREFIXES[name] for name in ("rdf", "rdfs", "owl", "xsd"))

#: Their terms that are used in ordinary statements.
_ORDINARY = {
    RDFS.label, RDFS.comment, RDFS.seeAlso, RDFS.isDefinedBy, OWL.versionInfo, OWL.deprecated,
    OWL.sameAs, OWL.differentFrom, OWL.Thing, OWL.Nothing, OWL.imports, OWL.versionIRI, RDF.value,
}  # fmt: skip

#: Axioms by the position (subject, object or both) in which they may not have a reserved term.
_SUBJECTS = {RDFS.subClassOf, OWL.equivalentClass, RDFS.domain, RDFS.range}
_OBJECTS = {OWL.onProperty}
_CHARACTERISTICS = {
    OWL.FunctionalProperty, OWL.InverseFunctionalProperty, OWL.IrreflexiveProperty,
    OWL.SymmetricProperty, OWL.AsymmetricProperty, OWL.TransitiveProperty,
}  # fmt: skip
_BOTH = {RDFS.subPropertyOf, OWL.equivalentProperty, OWL.inverseOf}

#: Predicates and classes that axioms are written with.
AXIOM_PREDICATES = (
    RDFS.domain, RDFS.range, RDFS.subClassOf, RDFS.subPropertyOf, OWL.allValuesFrom,
    OWL.assertionProperty, OWL.complementOf, OWL.disjointWith, OWL.distinctMembers,
    OWL.equivalentClass, OWL.equivalentProperty, OWL.hasKey, OWL.hasValue, OWL.intersectionOf,
    OWL.inverseOf, OWL.maxCardinality, OWL.maxQualifiedCardinality, OWL.members, OWL.onClass,
    OWL.onProperty, OWL.oneOf, OWL.propertyChainAxiom, OWL.propertyDisjointWith,
    OWL.someValuesFrom, OWL.sourceIndividual, OWL.targetIndividual, OWL.targetValue, OWL.unionOf,
    RDF.first, RDF.rest,
)  # fmt: skip
AXIOM_TYPES = (
    *sorted(_CHARACTERISTICS, key=str), OWL.AllDifferent, OWL.AllDisjointClasses,
    OWL.AllDisjointProperties, OWL.AnnotationProperty, OWL.Class, OWL.DatatypeProperty,
    OWL.NegativePropertyAssertion, OWL.ObjectProperty, OWL.Restriction, RDF.Property, RDFS.Class,
    RDFS.Datatype,
)  # fmt: skip


def skolemise(term: Any) -> Any:
    """Return the IRI that stands for a blank node; any other term as it is."""
    return ox.NamedNode(SKOLEM + term.value) if isinstance(term, ox.BlankNode) else term


def deskolemise(term: Any) -> Any:
    """Return the blank node that an IRI stands for; any other term as it is."""
    if isinstance(term, ox.NamedNode) and term.value.startswith(SKOLEM):
        return ox.BlankNode(term.value.removeprefix(SKOLEM))
    return term


def is_anonymous(term: object) -> bool:
    """Check whether a term is or stands for a blank node."""
    return isinstance(term, ox.BlankNode) or (
        isinstance(term, ox.NamedNode) and term.value.startswith(SKOLEM)
    )


def is_axiom(_: object, p: object, o: object) -> bool:
    """Check whether a triple is part of an axiom rather than a statement about a thing."""
    return o in _TYPES if p == RDF.type else p in _PREDICATES


_PREDICATES, _TYPES = frozenset(AXIOM_PREDICATES), frozenset(AXIOM_TYPES)


class Schema:
    """Axioms as stated, and closed under OWL 2 RL; blank nodes are skolemised."""

    def __init__(self, axioms: Iterable[Triple]) -> None:
        self.stated: set[Triple] = set(axioms)
        self.closed: set[Triple] = _closure(self.stated)
        self._objects: dict[tuple[Term, Term], list[Term]] = {}
        self._pairs: dict[Term, list[tuple[Term, Term]]] = {}
        for s, p, o in sorted(self.closed, key=str):
            self._objects.setdefault((s, p), []).append(o)
            self._pairs.setdefault(p, []).append((s, o))
        _check_reserved_terms(self)

    @classmethod
    def of(cls, store: ox.Store, excluded: Collection[object]) -> Schema:
        """Return the schema of a store without the excluded graphs."""
        patterns = [(p, None) for p in AXIOM_PREDICATES] + [(RDF.type, c) for c in AXIOM_TYPES]
        return cls(
            (skolemise(q.subject), q.predicate, skolemise(q.object))
            for p, o in patterns
            for q in store.quads_for_pattern(None, p, o, None)
            if q.graph_name not in excluded
        )

    @classmethod
    def stated_in(cls, quads: Iterable[ox.Quad]) -> Schema:
        """Return the schema of quads."""
        triples = ((skolemise(q.subject), q.predicate, skolemise(q.object)) for q in quads)
        return cls(t for t in triples if is_axiom(*t))

    def pairs(self, predicate: ox.NamedNode) -> list[tuple[Term, Term]]:
        """Return subject and object of all closed axioms with a predicate, sorted."""
        return self._pairs.get(predicate, [])

    def objects(self, subject: Term, predicate: ox.NamedNode) -> list[Term]:
        """Return the objects of the closed axioms with a subject and a predicate, sorted."""
        return self._objects.get((subject, predicate), [])

    def instances(self, cls: ox.NamedNode) -> list[Term]:
        """Return the declared instances of a class such as owl:FunctionalProperty."""
        return [s for s, o in self.pairs(RDF.type) if o == cls]

    def list_items(self, head: Term) -> list[Term]:
        """Return the items of an RDF list; raises DataError for a list without an end."""
        items: list[Term] = []
        seen = {head}
        while head != RDF.nil:
            items += self.objects(head, RDF.first)[:1]
            rest = self.objects(head, RDF.rest)
            if not rest or rest[0] in seen:
                raise DataError(
                    Text(
                        "the list at {node} in an axiom is cut off; write it anew as ( … )",
                        node=_write(head),
                    )
                )
            head = rest[0]
            seen.add(head)
        return items

    def list_triples(self, head: Term) -> list[Triple]:
        """Return the triples that make up an RDF list."""
        triples: list[Triple] = []
        while head != RDF.nil:
            triples += [(head, RDF.first, item) for item in self.objects(head, RDF.first)[:1]]
            rest = self.objects(head, RDF.rest)[0]
            triples.append((head, RDF.rest, rest))
            head = rest
        return triples


class _AxiomClosure(owlrl.OWLRL_Semantics):  # type: ignore[misc]
    """owlrl's closure without the rules of equality, which axioms do not need."""

    def _equality(self, triple: tuple[Node, Node, Node], cycle_num: int) -> None:
        """Do nothing: the rules would only conclude that things are the same as themselves."""


def _closure(axioms: set[Triple]) -> set[Triple]:
    bridge = Bridge()
    graph = bridge.graph(ox.Quad(*axiom) for axiom in axioms)  # type: ignore[arg-type]
    closure = _AxiomClosure(graph, False, False)
    try:
        closure.closure()
    except ValueError as error:  # raised by rdflib for a list without an end
        raise DataError(
            Text(
                "an axiom cannot be read: {told}; write its list anew as ( … )", told=Text.of(error)
            )
        ) from error
    if closure.error_messages:
        raise Inconsistency(sorted(closure.error_messages))
    closed = {
        (bridge.to_oxigraph(s), bridge.to_oxigraph(p), bridge.to_oxigraph(o)) for s, p, o in graph
    }
    return {t for t in closed if is_axiom(*t) and not isinstance(t[0], ox.Literal)} | axioms


def _check_reserved_terms(schema: Schema) -> None:
    """Raise DataError for an axiom that the rules leave out, instead of ignoring it silently."""
    for s, p, o in sorted(schema.stated, key=str):
        ends = (
            (s,)
            if p in _SUBJECTS or o in _CHARACTERISTICS
            else (o,)
            if p in _OBJECTS
            else (s, o)
            if p in _BOTH
            else ()
        )
        # Everything is the same as itself, so an axiom may conclude sameness but not start from it.
        same = {OWL.sameAs, OWL.differentFrom} - ({o} if p == RDFS.subPropertyOf else set())
        if any(_is_reserved(end) or end in same for end in ends):
            raise DataError(
                Text(
                    "the axiom `{subject} {predicate} {object}` is about a term of RDF, RDFS, OWL or XSD "
                    "itself, which OWL 2 does not allow; state it about a term of your own",
                    subject=_write(s),
                    predicate=_write(p),
                    object=_write(o),
                )
            )


def _is_reserved(term: Term) -> bool:
    return (
        isinstance(term, ox.NamedNode) and term.value.startswith(RESERVED) and term not in _ORDINARY
    )


def _write(term: Term) -> str:
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)
