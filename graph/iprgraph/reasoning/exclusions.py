"""Exclusions: what is left out of graph/inferred although OWL 2 RL entails it.

- what the data already state;
- triples with a blank node, such as membership of an unnamed restriction;
- triples whose subject is a literal, such as a literal's datatype;
- statements about terms of RDF, RDFS, OWL or XSD;
- types from these vocabularies: that everything is an owl:Thing, that a class is an owl:Class;
- reflexive owl:sameAs, and all other schema triples except rdfs:subClassOf and rdfs:subPropertyOf
  between two different named terms.
"""

from __future__ import annotations

import pyoxigraph as ox

from iprgraph.namespaces import OWL, RDF, RDFS
from iprgraph.reasoning.axioms import RESERVED

#: Schema predicates that are inferred between named terms.
_HIERARCHY = (RDFS.subClassOf, RDFS.subPropertyOf)


def is_excluded(s: object, p: object, o: object) -> bool:
    """Check whether an entailed triple is of a kind that the list above excludes."""
    if not isinstance(s, ox.NamedNode) or isinstance(o, ox.BlankNode):
        return True
    if s.value.startswith(RESERVED):
        return True
    is_reserved = isinstance(o, ox.NamedNode) and o.value.startswith(RESERVED)
    if p == RDF.type:
        return is_reserved
    if p == OWL.sameAs:
        return s == o
    if p in _HIERARCHY:
        return s == o or is_reserved
    # rdfs:label and rdfs:seeAlso describe things; the rest of RDFS and OWL describes the schema.
    is_schema = isinstance(p, ox.NamedNode) and p.value.startswith((RDFS.iri, OWL.iri))
    return is_schema and p not in (RDFS.label, RDFS.comment, RDFS.seeAlso)
