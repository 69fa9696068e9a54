"""The example questions as SPARQL executables, as SHACL and the SPARQL editors that read it have them.

https://www.w3.org/TR/shacl-af/#SPARQLExecutables, https://github.com/sib-swiss/sparql-examples
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph as ox

from iprgraph.content.questions import LANGUAGES, Question
from iprgraph.namespaces import DCTERMS, PREFIXES, RDF, RDFS, SCHEMA, SH

#: First keyword of a query -> the class of its executable, and the property that has its text.
_FORMS = {
    "SELECT": ("SPARQLSelectExecutable", SH.select),
    "ASK": ("SPARQLAskExecutable", SH.ask),
    "CONSTRUCT": ("SPARQLConstructExecutable", SH.construct),
}

_PREFIXED = re.compile(r"(?<![\w:<#?$-])([A-Za-z][\w-]*):")
_FORM = re.compile(rf"\b({'|'.join(_FORMS)})\b", re.IGNORECASE)


def executables(questions: Iterable[Question], service: ox.NamedNode) -> list[ox.Triple]:
    """Return questions as executables of a service, each named after it by a fragment."""
    triples = []
    for question in questions:
        form = _FORM.search(question.query)
        if form is None:
            continue
        kind, property_ = _FORMS[form[1].upper()]
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
            ox.Triple(node, property_, ox.Literal(with_prefixes(question.query))),
            ox.Triple(node, SCHEMA.target, service),
        ]
    return triples


def with_prefixes(query: str) -> str:
    """Return a query with the prefixes that it uses declared, so that it runs anywhere."""
    used = sorted(set(_PREFIXED.findall(query)) & PREFIXES.keys())
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in used) + query
