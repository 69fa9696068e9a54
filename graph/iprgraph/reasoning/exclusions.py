"""Noise: what OWL 2 RL entails and no one asks for.

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

import pyoxigraph as ox

from iprgraph.namespaces import OWL, RDF, RDFS
from iprgraph.reasoning.axioms import RESERVED

#: Schema predicates worth keeping between named terms.
_HIERARCHY = (RDFS.subClassOf, RDFS.subPropertyOf)


def is_excluded(s: object, p: object, o: object) -> bool:
    """Tell whether an entailed triple is of the kinds that NOISE above lists."""
    if not isinstance(s, ox.NamedNode) or isinstance(o, ox.BlankNode):
        return True
    if s.value.startswith(RESERVED):
        return True
    own = isinstance(o, ox.NamedNode) and o.value.startswith(RESERVED)
    if p == RDF.type:
        return own
    if p == OWL.sameAs:
        return s == o
    if p in _HIERARCHY:
        return s == o or own
    # rdfs:label and rdfs:seeAlso are for things; the rest of RDFS and OWL is about the schema.
    schema = isinstance(p, ox.NamedNode) and p.value.startswith((RDFS.iri, OWL.iri))
    return schema and p not in (RDFS.label, RDFS.comment, RDFS.seeAlso)
