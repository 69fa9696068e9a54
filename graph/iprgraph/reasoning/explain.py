"""Proofs for people: each step in words, down to the claims and passages that state it."""

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
from iprgraph.rdf.rdflib_bridge import Term
from iprgraph.reasoning.axioms import Triple, is_anonymous, unnamed
from iprgraph.reasoning.proofs import Proof
from iprgraph.reasoning.sparql_plan import OUTSIDE
from iprgraph.reasoning.verbalise import expression, sentence

LANGUAGES = ("en", "zh")

#: Graphs of the project's own, in words.
_OWN = {
    ONTOLOGY: ("the ontology", "本体"),
    ALIGNMENT: ("the alignment with standard vocabularies", "与标准词汇的对齐"),
    CONCEPTS: ("the concepts", "概念"),
    DATASET: ("the description of the dataset", "数据集说明"),
}

#: What vocabularies are called, by prefix.
_VOCABULARIES = {
    "cito": "CiTO", "dcterms": "Dublin Core", "eli": "ELI", "foaf": "FOAF", "oa": "Web Annotation",
    "org": "ORG", "owl": "OWL", "prov": "PROV-O", "qb": "Data Cube", "qudt": "QUDT", "rdfs": "RDFS",
    "schema": "schema.org", "sdmx-attribute": "SDMX", "sdmx-dimension": "SDMX",
    "sdmx-measure": "SDMX", "sem": "SEM", "skos": "SKOS", "time": "OWL-Time",
}  # fmt: skip

#: Words that begin a rule's sentence and no name.
_OPENINGS = {
    "A", "All", "An", "Being", "Classes", "Each", "Every", "Following", "Follows", "It", "No",
    "Nothing", "Properties", "These", "Things", "Two", "What", "Whatever",
}  # fmt: skip

#: Sentence for a triple, by its predicate; others take the last.
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
    """Write proofs out with the names, claims and passages that one store has."""

    def __init__(
        self, store: ox.Store, terms: Callable[[str], Mapping[str, str]] = lambda _: {}
    ) -> None:
        """Take a store, and who names standard terms by prefixed name: {"en": …, "zh": …}."""
        self._store = store
        self._terms = terms
        self._names: dict[tuple[object, str], str] = {}

    def explain(self, proof: Proof) -> dict[str, Any]:
        """Give a proof as plain data; the texts are in English and Chinese.

        {"triple": {"subject", "predicate", "object"}, "text": {"en", "zh"}} and, where it is
        inferred, "rule": {"name", "text", "parts"}, "because": [proofs], "axioms": [proofs]; where
        it is stated, "stated_in": [{"graph", "name", "claim"}].
        """
        s, p, o = proof.triple
        told: dict[str, Any] = {
            "triple": {"subject": _n3(s), "predicate": _n3(p), "object": _n3(o)},
            "text": self.statement(proof.triple),
        }
        if proof.rule is None:
            told["stated_in"] = [self._graph(graph) for graph in proof.stated_in]
            return told
        terms = dict(proof.terms)
        parts = proof.rule.parts or (proof.rule,)
        texts = [
            {lang: sentence(part, lang, self.say, terms) for lang in LANGUAGES} for part in parts
        ]
        told["rule"] = {
            "name": ", ".join(part.name for part in parts),
            "text": {
                "en": "; ".join(map(_clause, (t["en"] for t in texts))),
                "zh": "；".join(t["zh"].rstrip("。") for t in texts),
            },
        }
        told["because"] = [self.explain(premise) for premise in proof.premises]
        told["axioms"] = [self.explain(axiom) for axiom in proof.axioms]
        return told

    def statement(self, triple: Triple) -> dict[str, str]:
        """Say a triple in words, in each language."""
        s, p, o = triple
        patterns = _STATEMENTS.get(p, _OTHER)
        said = {}
        for pattern, lang in zip(patterns, LANGUAGES, strict=True):
            text = pattern.format(s=self.say(s, lang), p=self.say(p, lang), o=self.say(o, lang))
            said[lang] = (
                re.sub(r"\b(is|also) a (?=[AEIOUaeiou])", r"\1 an ", text) if lang == "en" else text
            )
        return said

    def say(self, term: object, language: str) -> str:
        """Name a term: by its label, or by what its IRI says."""
        if (term, language) not in self._names:
            self._names[term, language] = self._name(term, language)
        return self._names[term, language]

    def _name(self, term: object, language: str) -> str:
        if is_anonymous(term):
            return expression(term, self._axioms(term), language, self.say)
        if isinstance(term, ox.Literal):
            return f"“{term.value}”"
        assert isinstance(term, ox.NamedNode)
        compact = shorten(term.value)
        labels = {**self._terms(compact), **dict(self._labels(term))}
        found = labels.get(language) or labels.get("en") or labels.get("")
        prefix, _, local = compact.partition(":")
        if found and prefix == "claim":
            return f"“{found.rstrip('.。')}”"
        if term in ID or prefix not in PREFIXES:
            return found or compact.replace(":", " ", term in ID)
        name = found or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local).lower()
        name = name if name[1:2].isupper() else name[:1].lower() + name[1:]
        if prefix == "ipr" or name.endswith((")", "）")):
            return name
        vocabulary = _VOCABULARIES.get(prefix, prefix)
        return f"{name} ({vocabulary})" if language == "en" else f"{name}（{vocabulary}）"

    def _labels(self, term: ox.NamedNode) -> Iterator[tuple[str, str]]:
        # The preferred label comes last, so that it wins.
        for p in (RDFS.label, SKOS.prefLabel):
            for quad in self._store.quads_for_pattern(term, p, None, None):
                if isinstance(quad.object, ox.Literal):
                    yield quad.object.language or "", quad.object.value

    def _axioms(self, node: object) -> list[Triple]:
        quads = self._store.quads_for_pattern(unnamed(node), None, None, None)
        return [(node, q.predicate, q.object) for q in quads if q.graph_name not in OUTSIDE]  # type: ignore[misc]

    def _graph(self, graph: ox.NamedNode) -> dict[str, Any]:
        if graph.value.startswith(CLAIMS):
            return {"graph": graph.value, "claim": self._claim(graph)}
        source = graph.value.removeprefix(PREFIXES["graph"])
        thing = ox.NamedNode(f"{ID.iri}{source}")
        known = dict(self._labels(thing)) if "/" in source else {}
        names = {
            lang: known.get(lang) or known.get("en") or shorten(graph.value) for lang in LANGUAGES
        }
        if graph in _OWN:
            names = dict(zip(LANGUAGES, _OWN[graph], strict=True))
        return {"graph": graph.value, "name": names}

    def _claim(self, claim: ox.NamedNode) -> dict[str, Any]:
        """Tell who says a claim, when, where, and the addresses of its passages."""
        passages = [
            url.value
            for passage in self._values(claim, IPR.evidence)
            for url in self._values(passage, SCHEMA.url)
        ]
        return {
            "name": {lang: self.say(claim, lang) for lang in LANGUAGES},
            "attributed_to": [self._thing(t) for t in self._values(claim, IPR.attributedTo)],
            "said_on": next((t.value for t in self._values(claim, IPR.saidOn)), None),
            "source": [self._thing(t) for t in self._values(claim, IPR.source)],
            "passages": sorted(passages),
        }

    def _thing(self, term: Term) -> dict[str, Any]:
        return {"id": term.value, "name": {lang: self.say(term, lang) for lang in LANGUAGES}}

    def _values(self, subject: Term, p: ox.NamedNode) -> list[Term]:
        quads = self._store.quads_for_pattern(subject, p, None, None)  # type: ignore[arg-type]
        found = {q.object for q in quads if q.graph_name not in (INFERRED, *OUTSIDE)}
        return sorted(found, key=str)  # type: ignore[arg-type]


def _clause(text: str) -> str:
    """Write a sentence so that it can follow a "because"."""
    first = text.split(" ", 1)[0]
    return (text[:1].lower() + text[1:] if first in _OPENINGS else text).rstrip(".")


def _n3(term: object) -> str:
    return str(unnamed(term))
