"""The schema of a graph: its axioms, with names for blank nodes, and what owlrl infers from them alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import owlrl
import pyoxigraph as ox
from rdflib.term import Node

from iprgraph.errors import DataError, Inconsistency
from iprgraph.namespaces import OWL, PREFIXES, RDF, RDFS, shorten
from iprgraph.rdf.rdflib_bridge import Bridge, Term

Triple = tuple[Term, Term, Term]

#: Blank nodes go by IRIs of this kind while there is reasoning, for SPARQL cannot name them.
BLANK = "urn:x-iprgraph:blank:"

#: Vocabularies that describe themselves, and are not our subject.
RESERVED = tuple(PREFIXES[name] for name in ("rdf", "rdfs", "owl", "xsd"))

#: Terms of theirs that say something about things, as any other term does.
_ORDINARY = {
    RDFS.label, RDFS.comment, RDFS.seeAlso, RDFS.isDefinedBy, OWL.versionInfo, OWL.deprecated,
    OWL.sameAs, OWL.differentFrom, OWL.Thing, OWL.Nothing, OWL.imports, OWL.versionIRI, RDF.value,
}  # fmt: skip

#: Axioms by the ends at which they may not name a term of these vocabularies.
_SUBJECTS = {RDFS.subClassOf, OWL.equivalentClass, RDFS.domain, RDFS.range}
_OBJECTS = {OWL.onProperty}
_CHARACTERISTICS = {
    OWL.FunctionalProperty, OWL.InverseFunctionalProperty, OWL.IrreflexiveProperty,
    OWL.SymmetricProperty, OWL.AsymmetricProperty, OWL.TransitiveProperty,
}  # fmt: skip
_BOTH = {RDFS.subPropertyOf, OWL.equivalentProperty, OWL.inverseOf}

#: What axioms are written with.
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


def named(term: Any) -> Any:
    """Give a blank node its name; any other term as it is."""
    return ox.NamedNode(BLANK + term.value) if isinstance(term, ox.BlankNode) else term


def unnamed(term: Any) -> Any:
    """Give a named blank node back."""
    if isinstance(term, ox.NamedNode) and term.value.startswith(BLANK):
        return ox.BlankNode(term.value.removeprefix(BLANK))
    return term


def is_anonymous(term: object) -> bool:
    """Tell whether a term stands for a blank node."""
    return isinstance(term, ox.BlankNode) or (
        isinstance(term, ox.NamedNode) and term.value.startswith(BLANK)
    )


def is_axiom(_: object, p: object, o: object) -> bool:
    """Tell whether a triple is part of an axiom, rather than a statement about a thing."""
    return o in _TYPES if p == RDF.type else p in _PREDICATES


_PREDICATES, _TYPES = frozenset(AXIOM_PREDICATES), frozenset(AXIOM_TYPES)


class Schema:
    """Hold axioms as stated, and closed under OWL 2 RL; blank nodes are named."""

    def __init__(self, axioms: Iterable[Triple]) -> None:
        self.stated: set[Triple] = set(axioms)
        self.closed: set[Triple] = _close(self.stated)
        self._objects: dict[tuple[Term, Term], list[Term]] = {}
        self._pairs: dict[Term, list[tuple[Term, Term]]] = {}
        for s, p, o in sorted(self.closed, key=str):
            self._objects.setdefault((s, p), []).append(o)
            self._pairs.setdefault(p, []).append((s, o))
        _check(self)

    @classmethod
    def of(cls, store: ox.Store, outside: Collection[object]) -> Schema:
        """Take the axioms out of a store, but for those in some graphs."""
        patterns = [(p, None) for p in AXIOM_PREDICATES] + [(RDF.type, c) for c in AXIOM_TYPES]
        return cls(
            (named(q.subject), q.predicate, named(q.object))
            for p, o in patterns
            for q in store.quads_for_pattern(None, p, o, None)
            if q.graph_name not in outside
        )

    @classmethod
    def stated_in(cls, quads: Iterable[ox.Quad]) -> Schema:
        """Take the axioms out of quads."""
        triples = ((named(q.subject), q.predicate, named(q.object)) for q in quads)
        return cls(t for t in triples if is_axiom(*t))

    def pairs(self, predicate: ox.NamedNode) -> list[tuple[Term, Term]]:
        """Give subject and object of all closed axioms with a predicate, sorted."""
        return self._pairs.get(predicate, [])

    def objects(self, subject: Term, predicate: ox.NamedNode) -> list[Term]:
        """Give the objects of closed axioms, sorted."""
        return self._objects.get((subject, predicate), [])

    def members(self, kind: ox.NamedNode) -> list[Term]:
        """Give what is declared to be of a kind, such as owl:FunctionalProperty."""
        return [s for s, o in self.pairs(RDF.type) if o == kind]

    def items(self, head: Term) -> list[Term]:
        """Read an RDF list; raises DataError for one without end."""
        found: list[Term] = []
        seen = {head}
        while head != RDF.nil:
            found += self.objects(head, RDF.first)[:1]
            rest = self.objects(head, RDF.rest)
            if not rest or rest[0] in seen:
                raise DataError(
                    f"the list at {_write(head)} in an axiom is cut off; write it anew as ( … )"
                )
            head = rest[0]
            seen.add(head)
        return found

    def spine(self, head: Term) -> list[Triple]:
        """Give the triples that make up an RDF list."""
        found: list[Triple] = []
        while head != RDF.nil:
            found += [(head, RDF.first, item) for item in self.objects(head, RDF.first)[:1]]
            rest = self.objects(head, RDF.rest)[0]
            found.append((head, RDF.rest, rest))
            head = rest
        return found


class _AxiomClosure(owlrl.OWLRL_Semantics):  # type: ignore[misc]
    """Close axioms as owlrl does, less the rules of equality: no axiom says what is the same."""

    def _equality(self, triple: tuple[Node, Node, Node], cycle_num: int) -> None:
        """Do nothing: all it would give are things that are the same as themselves."""


def _close(axioms: set[Triple]) -> set[Triple]:
    bridge = Bridge()
    graph = bridge.graph(ox.Quad(*axiom) for axiom in axioms)  # type: ignore[arg-type]
    closure = _AxiomClosure(graph, False, False)
    try:
        closure.closure()
    except ValueError as error:  # rdflib's word for a list without end
        raise DataError(
            f"an axiom cannot be read: {error}; write its list anew as ( … )"
        ) from error
    if closure.error_messages:
        raise Inconsistency(sorted(closure.error_messages))
    closed = {(bridge.back(s), bridge.back(p), bridge.back(o)) for s, p, o in graph}
    return {t for t in closed if is_axiom(*t) and not isinstance(t[0], ox.Literal)} | axioms


def _check(schema: Schema) -> None:
    """Refuse what the rules leave out, rather than leave it out in silence."""
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
        # To be the same may be concluded, but each thing is the same as itself: it begins nothing.
        same = {OWL.sameAs, OWL.differentFrom} - ({o} if p == RDFS.subPropertyOf else set())
        if any(_is_reserved(end) or end in same for end in ends):
            raise DataError(
                f"the axiom `{_write(s)} {_write(p)} {_write(o)}` is about a term of RDF, RDFS, OWL or "
                "XSD itself, which OWL 2 does not allow; state it about a term of your own"
            )


def _is_reserved(term: Term) -> bool:
    return (
        isinstance(term, ox.NamedNode) and term.value.startswith(RESERVED) and term not in _ORDINARY
    )


def _write(term: Term) -> str:
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)
