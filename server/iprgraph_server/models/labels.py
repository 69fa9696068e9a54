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
    """Hold the names of things by IRI and language."""

    def __init__(self, found: Mapping[str, Mapping[str, str]]) -> None:
        self._found = found

    def of(self, iri: str, language: str) -> Name:
        """Give the best name in a language, another one failing that, or the shortened IRI."""
        known = self._found.get(iri) or term_names(shorten(iri))
        for wanted in (language, *LANGUAGES):
            if text := known.get(wanted):
                return Name(text, wanted)
        return Name(bare(iri), "")

    def other(self, iri: str, language: str) -> Name | None:
        """Give the name in the other language of the pages."""
        known = self._found.get(iri) or term_names(shorten(iri))
        for wanted in LANGUAGES:
            if wanted != language and (text := known.get(wanted)):
                return Name(text, wanted)
        return None


def bare(iri: str) -> str:
    """Write an IRI shortly for reading: with a prefix, as a path of ours, or without its scheme."""
    if iri.startswith(BASE) and "#" not in iri:
        return iri.removeprefix(BASE).removeprefix("id/")
    short = shorten(iri)
    return short.strip("<>").removeprefix("https://").removeprefix("http://").rstrip("/")


def find_names(graph: GraphReader, terms: Iterable[object]) -> Names:
    """Look up the names of the IRIs among some terms, in one query."""
    wanted = {term for term in terms if isinstance(term, ox.NamedNode) and _named_here(term.value)}
    return Names(read_labels(graph.select, wanted))


def _named_here(iri: str) -> bool:
    """Tell whether the graph may know a name: it never names pages or things elsewhere."""
    return iri.startswith(BASE) or not term_names(shorten(iri))
