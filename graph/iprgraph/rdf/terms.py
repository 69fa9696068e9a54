"""Single RDF terms as people and addresses write them."""

from __future__ import annotations

import pyoxigraph as ox

from iprgraph.errors import Text, UsageError
from iprgraph.namespaces import PREFIXES
from iprgraph.rdf.query_results import Term

_PREFIX_LINES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())


def read_term(written: str) -> Term:
    """Parse a bare IRI, or a term as in Turtle with the known prefixes; raises UsageError."""
    prefix = written.partition(":")[0]
    bare = "://" in written and not written.startswith(("<", '"', "'")) and prefix not in PREFIXES
    text = f"<{written}>" if bare else written
    try:
        triples = [*ox.parse(f"{_PREFIX_LINES}<urn:s> <urn:p> {text} .", ox.RdfFormat.TURTLE)]
    except SyntaxError:
        triples = []
    term = triples[0].object if len(triples) == 1 else None
    if not isinstance(term, ox.NamedNode | ox.Literal):
        raise UsageError(
            Text(
                "{value} is not one term; write an IRI, a prefixed name such as organization:wipo, "
                'or a literal such as "12"^^xsd:integer',
                value=repr(written),
            )
        )
    return term
