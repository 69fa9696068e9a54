"""Proofs in words: each step, down to the claims and passages that state it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyoxigraph as ox

from iprgraph.namespaces import (
    ALIGNMENT,
    CLAIMS,
    CONCEPTS,
    DATASET,
    ID,
    INFERRED,
    IPR,
    ONTOLOGY,
    OWL,
    PREFIXES,
    RDF,
    RDFS,
    SCHEMA,
    SKOS,
    shorten,
)
from iprgraph.rdf.query_results import Term
from iprgraph.reasoning.axioms import EXCLUDED_GRAPHS, Triple, deskolemise, is_anonymous
from iprgraph.reasoning.proofs import Proof
from iprgraph.reasoning.verbalise import class_expression, rule_sentence

LANGUAGES = ("en", "zh")

#: Names of the project's own graphs.
_GRAPH_NAMES = {
    ONTOLOGY: ("the ontology", "本体"),
    ALIGNMENT: ("the alignment with standard vocabularies", "与标准词汇的对齐"),
    CONCEPTS: ("the concepts", "概念"),
    DATASET: ("the description of the dataset", "数据集说明"),
}

#: Names of vocabularies, by prefix.
_VOCABULARIES = {
    "cito": "CiTO", "dcterms": "Dublin Core", "eli": "ELI", "foaf": "FOAF", "oa": "Web Annotation",
    "org": "ORG", "owl": "OWL", "prov": "PROV-O", "qb": "Data Cube", "qudt": "QUDT", "rdfs": "RDFS",
    "schema": "schema.org", "sdmx-attribute": "SDMX", "sdmx-dimension": "SDMX",
    "sdmx-measure": "SDMX", "sem": "SEM", "skos": "SKOS", "time": "OWL-Time",
}  # fmt: skip

#: Words that begin a rule's sentence and are not part of a name.
_OPENINGS = {
    "A", "All", "An", "Being", "Classes", "Each", "Every", "Following", "Follows", "It", "No",
    "Nothing", "Properties", "These", "Things", "Two", "What", "Whatever",
}  # fmt: skip

#: Sentence for a triple, by its predicate; all others use _OTHER.
_STATEMENTS: dict[Term, tuple[str, str]] = {
    RDF.type: ("{s} is a {o}", "{s}是{o}"),
    RDFS.subClassOf: ("every {s} is a {o}", "每个{s}都是{o}"),
    RDFS.subPropertyOf: ("“{s}” implies “{o}”", "“{s}”蕴含“{o}”"),
    RDFS.domain: ("whatever has “{s}” is a {o}", "凡具有“{s}”的事物都是{o}"),
    RDFS.range: ("whatever is given as “{s}” is a {o}", "凡作为“{s}”之值的事物都是{o}"),
    OWL.sameAs: ("{s} is the same as {o}", "{s}与{o}是同一事物"),
}
_OTHER = ("{s} — {p} → {o}", "{s} — {p} → {o}")


class Explainer:
    """Explain proofs with the names, claims and passages of one store."""

    def __init__(
        self, store: ox.Store, terms: Callable[[str], Mapping[str, str]] = lambda _: {}
    ) -> None:
        """`terms` returns the names of a standard term by its prefixed name: {"en": …, "zh": …}."""
        self._store = store
        self._terms = terms
        self._names: dict[tuple[object, str], str] = {}

    def explain(self, proof: Proof) -> dict[str, Any]:
        """Return a proof as plain data, with texts in English and Chinese.

        {"triple": {"subject", "predicate", "object"}, "text": {"en", "zh"}} and, where it is
        inferred, "rule": {"name", "text", "parts"}, "because": [proofs], "axioms": [proofs]; where
        it is stated, "stated_in": [{"graph", "name", "claim"}].
        """
        s, p, o = proof.triple
        explanation: dict[str, Any] = {
            "triple": {"subject": _n3(s), "predicate": _n3(p), "object": _n3(o)},
            "text": self.statement_text(proof.triple),
        }
        if proof.rule is None:
            explanation["stated_in"] = [self._graph(graph) for graph in proof.stated_in]
            return explanation
        bindings = dict(proof.bindings)
        parts = proof.rule.parts or (proof.rule,)
        texts = [
            {lang: rule_sentence(part, lang, self.name, bindings) for lang in LANGUAGES}
            for part in parts
        ]
        explanation["rule"] = {
            "name": ", ".join(part.name for part in parts),
            "text": {
                "en": "; ".join(map(_clause, (t["en"] for t in texts))),
                "zh": "；".join(t["zh"].rstrip("。") for t in texts),
            },
        }
        explanation["because"] = [self.explain(premise) for premise in proof.premises]
        explanation["axioms"] = [self.explain(axiom) for axiom in proof.axioms]
        return explanation

    def statement_text(self, triple: Triple) -> dict[str, str]:
        """Return a triple in words, in each language."""
        s, p, o = triple
        patterns = _STATEMENTS.get(p, _OTHER)
        texts = {}
        for pattern, lang in zip(patterns, LANGUAGES, strict=True):
            text = pattern.format(s=self.name(s, lang), p=self.name(p, lang), o=self.name(o, lang))
            texts[lang] = (
                re.sub(r"\b(is|also) a (?=[AEIOUaeiou])", r"\1 an ", text) if lang == "en" else text
            )
        return texts

    def name(self, term: object, language: str) -> str:
        """Return the name of a term: its label, or else words made from its IRI."""
        if (term, language) not in self._names:
            self._names[term, language] = self._find_name(term, language)
        return self._names[term, language]

    def _find_name(self, term: object, language: str) -> str:
        if is_anonymous(term):
            return class_expression(term, self._axioms(term), language, self.name)
        if isinstance(term, ox.Literal):
            return f"“{term.value}”"
        assert isinstance(term, ox.NamedNode)
        compact = shorten(term.value)
        labels = {**self._terms(compact), **dict(self._labels(term))}
        label = labels.get(language) or labels.get("en") or labels.get("")
        prefix, _, local = compact.partition(":")
        if label and prefix == "claim":
            return f"“{label.rstrip('.。')}”"
        if term in ID or prefix not in PREFIXES:
            return label or compact.replace(":", " ", term in ID)
        name = label or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local).lower()
        name = name if name[1:2].isupper() else name[:1].lower() + name[1:]
        if prefix == "ipr" or name.endswith((")", "）")):
            return name
        vocabulary = _VOCABULARIES.get(prefix, prefix)
        return f"{name} ({vocabulary})" if language == "en" else f"{name}（{vocabulary}）"

    def _labels(self, term: ox.NamedNode) -> Iterator[tuple[str, str]]:
        # The preferred label comes last, so that it replaces the others.
        for p in (RDFS.label, SKOS.prefLabel):
            for quad in self._store.quads_for_pattern(term, p, None, None):
                if isinstance(quad.object, ox.Literal):
                    yield quad.object.language or "", quad.object.value

    def _axioms(self, node: object) -> list[Triple]:
        quads = self._store.quads_for_pattern(deskolemise(node), None, None, None)
        return [(node, q.predicate, q.object) for q in quads if q.graph_name not in EXCLUDED_GRAPHS]  # type: ignore[misc]

    def _graph(self, graph: ox.NamedNode) -> dict[str, Any]:
        if graph.value.startswith(CLAIMS):
            return {"graph": graph.value, "claim": self._claim(graph)}
        source = graph.value.removeprefix(PREFIXES["graph"])
        thing = ox.NamedNode(f"{ID.iri}{source}")
        labels = dict(self._labels(thing)) if "/" in source else {}
        names = {
            lang: labels.get(lang) or labels.get("en") or shorten(graph.value) for lang in LANGUAGES
        }
        if graph in _GRAPH_NAMES:
            names = dict(zip(LANGUAGES, _GRAPH_NAMES[graph], strict=True))
        return {"graph": graph.value, "name": names}

    def _claim(self, claim: ox.NamedNode) -> dict[str, Any]:
        """Return who makes a claim, when, where, and the addresses of its passages."""
        passages = [
            url.value
            for passage in self._values(claim, IPR.evidence)
            for url in self._values(passage, SCHEMA.url)
        ]
        return {
            "name": {lang: self.name(claim, lang) for lang in LANGUAGES},
            "attributed_to": [self._thing(t) for t in self._values(claim, IPR.attributedTo)],
            "said_on": next((t.value for t in self._values(claim, IPR.saidOn)), None),
            "source": [self._thing(t) for t in self._values(claim, IPR.source)],
            "passages": sorted(passages),
        }

    def _thing(self, term: Term) -> dict[str, Any]:
        return {"id": term.value, "name": {lang: self.name(term, lang) for lang in LANGUAGES}}

    def _values(self, subject: Term, p: ox.NamedNode) -> list[Term]:
        quads = self._store.quads_for_pattern(subject, p, None, None)  # type: ignore[arg-type]
        values = {q.object for q in quads if q.graph_name not in (INFERRED, *EXCLUDED_GRAPHS)}
        return sorted(values, key=str)  # type: ignore[arg-type]


def _clause(text: str) -> str:
    """Return a sentence as it can follow a "because"."""
    first = text.split(" ", 1)[0]
    return (text[:1].lower() + text[1:] if first in _OPENINGS else text).rstrip(".")


def _n3(term: object) -> str:
    return str(deskolemise(term))
