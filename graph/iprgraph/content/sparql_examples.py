"""The example questions as SPARQL executables, as SHACL and the SPARQL editors that read it have them.

https://www.w3.org/TR/shacl-af/#SPARQLExecutables, https://github.com/sib-swiss/sparql-examples
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from iprgraph.content.questions import LANGUAGES, Question
from iprgraph.namespaces import DCTERMS, RDF, RDFS, SCHEMA, SH
from iprgraph.sparql.tree import parse

#: First keyword of a query -> the class of its executable, and the property that has its text.
_FORMS = {
    "SELECT": ("SPARQLSelectExecutable", SH.select),
    "ASK": ("SPARQLAskExecutable", SH.ask),
    "CONSTRUCT": ("SPARQLConstructExecutable", SH.construct),
}


def executables(questions: Iterable[Question], service: ox.NamedNode) -> list[ox.Triple]:
    """Return questions as executables of a service, each named after it by a fragment."""
    triples = []
    for question in questions:
        tree = parse(question.query)
        if tree.form not in _FORMS:
            continue
        kind, property_ = _FORMS[tree.form]
        node = ox.NamedNode(f"{service.value}#question-{question.slug}")
        triples += [
            ox.Triple(node, RDF.type, SH.SPARQLExecutable),
            ox.Triple(node, RDF.type, ox.NamedNode(SH.iri + kind)),
            *(
                ox.Triple(node, predicate, ox.Literal(texts[tag], language=tag))
                for predicate, texts in (
                    (RDFS.label, question.question),
                    (RDFS.comment, question.question),
                    (DCTERMS.description, question.explanation),
                )
                for tag in LANGUAGES
            ),
            ox.Triple(node, SCHEMA.keywords, ox.Literal(question.topic)),
            ox.Triple(node, SH.prefixes, service),
            ox.Triple(node, property_, ox.Literal(tree.missing_declarations() + question.query)),
            ox.Triple(node, SCHEMA.target, service),
        ]
    return triples
