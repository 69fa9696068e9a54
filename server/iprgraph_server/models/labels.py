"""Names for terms: the graph's own, and the catalogue's for standard vocabularies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pyoxigraph as ox

from iprgraph.claims.reader import read_labels
from iprgraph.namespaces import BASE, shorten
from iprgraph_server.i18n.catalogue import LANGUAGES, term_names
from iprgraph_server.models.graph_reader import GraphReader


class Name(NamedTuple):
    """A text and its language; the language is empty for codes that belong to none."""

    text: str
    language: str


class Names:
    """The names of things by IRI and language."""

    def __init__(self, names: Mapping[str, Mapping[str, str]]) -> None:
        self._names = names

    def of(self, iri: str, language: str) -> Name:
        """Return the name in a language, else in another, else the shortened IRI."""
        texts = self._names.get(iri) or term_names(shorten(iri))
        for tag in (language, *LANGUAGES):
            if text := texts.get(tag):
                return Name(text, tag)
        return Name(bare(iri), "")

    def other(self, iri: str, language: str) -> Name | None:
        """Return the name in the other language of the pages, if there is one."""
        texts = self._names.get(iri) or term_names(shorten(iri))
        for tag in LANGUAGES:
            if tag != language and (text := texts.get(tag)):
                return Name(text, tag)
        return None


def bare(iri: str) -> str:
    """Return an IRI in short, for reading: with a prefix, as a path of ours, or without its scheme."""
    if iri.startswith(BASE) and "#" not in iri:
        return iri.removeprefix(BASE).removeprefix("id/")
    short = shorten(iri)
    return short.strip("<>").removeprefix("https://").removeprefix("http://").rstrip("/")


def find_names(graph: GraphReader, terms: Iterable[object]) -> Names:
    """Return the names of the IRIs among some terms, by one query."""
    named = {
        term for term in terms if isinstance(term, ox.NamedNode) and _may_have_name(term.value)
    }
    return Names(read_labels(graph.select, named))


def _may_have_name(iri: str) -> bool:
    """Check whether the graph may name a term: the catalogue names those of standard vocabularies."""
    return iri.startswith(BASE) or not term_names(shorten(iri))
