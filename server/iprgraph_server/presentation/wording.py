"""Values of a page as text: numbers with their units, dates, names, and links."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

import pyoxigraph as ox
from flask import request
from markupsafe import Markup

from iprgraph.claims.model import Check
from iprgraph.namespaces import BASE, PREFIXES, shorten
from iprgraph_server.i18n.catalogue import catalogue
from iprgraph_server.i18n.formatting import HAN, clip, date, figure, number, wide
from iprgraph_server.i18n.language import HTML_TAGS, explicit, translate
from iprgraph_server.models.labels import Name, Names

_XSD = PREFIXES["xsd"]
_NUMBERS = {
    _XSD + name
    for name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger")
}
_OWN = re.compile(
    re.escape(BASE) + r"(?:id/([a-z-]+)/([a-z0-9-]+)|ontology#(\w+)|graph/([a-z0-9/-]+))$"
)
#: Codes that can be looked up: the prefix of a dcterms:identifier and the address it leads to.
_LOOKUP = {
    "funder": "https://doi.org/10.13039/{}",
    "isni": "https://isni.org/isni/{}",
    "worldbank": "https://data.worldbank.org/indicator/{}",
}


@dataclass(frozen=True)
class Wording:
    """Terms as text and links in one language; templates call it ``w``."""

    language: str
    names: Names

    def name(self, term: ox.NamedNode | str) -> Name:
        """Return the name of a thing."""
        return self.names.of(term if isinstance(term, str) else term.value, self.language)

    def other(self, term: ox.NamedNode) -> Name | None:
        """Return the name of a thing in the other language, if there is one."""
        return self.names.other(term.value, self.language)

    def span(self, name: Name) -> Markup:
        """Write a name, with its language where that is not the page's."""
        if name.language in ("", self.language):
            return Markup("<bdi>{}</bdi>").format(name.text)
        return Markup('<bdi lang="{}">{}</bdi>').format(HTML_TAGS[name.language], name.text)

    def link(self, term: ox.NamedNode | str) -> Markup:
        """Link a thing by its name; an identifier of others by the name of their registry."""
        iri = term if isinstance(term, str) else term.value
        name = self.name(iri)
        address = self.href(iri)
        if address is None:
            return self.span(name)
        if not address.startswith("http"):
            return Markup('<a href="{}">{}</a>').format(address, self.span(name))
        registry = None if name.language else self.registry(iri)
        text = self.span(name)
        if registry:
            text = Markup("{} <small>{}</small>").format(registry, local(iri))
        return Markup('<a class="out" rel="external" href="{}">{}</a>').format(address, text)

    def href(self, iri: str) -> str | None:
        """Return the address that a link to an IRI opens; None for what is no web address."""
        root = request.script_root
        if own := _OWN.match(iri):
            kind, slug, term, graph = own.groups()
            language = explicit(request)
            query = f"?lang={language}" if language else ""
            if kind:
                return f"{root}/page/{kind}/{slug}{query}"
            return f"{root}/page/ontology{query}#{term}" if term else f"{root}/graph/{graph}{query}"
        if iri == BASE + "ontology":
            return f"{root}/page/ontology"
        # A graph may hold javascript: and other schemes; only web addresses become links.
        return iri if urlsplit(iri).scheme in ("http", "https") else None

    def registry(self, iri: str) -> Markup | None:
        """Return the name of the registry of an identifier, by its host."""
        host = (urlsplit(iri).hostname or "").removeprefix("www.")
        key = f"registries.{host}"
        return translate(key, self.language) if key in catalogue() else None

    def value(self, term: object, unit: object = None) -> Markup:
        """Write any value: a link, a number, a date, a text."""
        if isinstance(term, ox.NamedNode):
            return self.link(term)
        if isinstance(term, ox.Literal):
            return self.literal(term, unit)
        return Markup("<code>{}</code>").format(str(term))

    def literal(self, term: ox.Literal, unit: object = None) -> Markup:
        """Write a literal by its type."""
        kind = term.datatype.value
        if kind in _NUMBERS:
            local_unit = local(unit.value) if isinstance(unit, ox.NamedNode) else ""
            return Markup('<data value="{}">{}</data>').format(
                term.value, figure(term.value, local_unit, self.language)
            )
        if kind.removeprefix(_XSD) in ("date", "dateTime", "gYear", "gYearMonth"):
            return Markup('<time datetime="{}">{}</time>').format(
                term.value, date(term.value, self.language)
            )
        if term.language and term.language != self.language:
            return Markup('<bdi lang="{}">{}</bdi>').format(term.language, term.value)
        return Markup("<bdi>{}</bdi>").format(term.value)

    def compared(
        self, property_: str, term: object, unit: object, measures: Collection[str]
    ) -> Markup:
        """Write a value of a check as what it is: a rank, a lower bound, a difference, a number."""
        written = self.value(term, unit)
        if not isinstance(term, ox.Literal) or term.datatype.value not in _NUMBERS:
            return written
        ipr = PREFIXES["ipr"]
        if property_ == "ipr:difference":
            return Markup("+{}").format(written) if not term.value.startswith("-") else written
        if ipr + "rank" in measures:
            return translate("figures.rank", self.language, number=written)
        if ipr + "lowerBound" in measures and property_ == "ipr:claimedValue":
            return translate("figures.more_than", self.language, number=written)
        return written

    def reference_value(self, check: Check) -> Markup:
        """Write the open-data value of a check of a claim."""
        reference, unit = check.first("ipr:referenceValue"), check.first("ipr:unit")
        return self.compared("ipr:referenceValue", reference, unit, check.measures)

    def quote(self, text: str) -> Markup:
        """Write words of a source in quotation marks, with their language if it is another."""
        language = "zh" if HAN.search(text) else "en"
        marks = "“{}”"
        if language == self.language:
            return Markup("<q>{}</q>").format(marks.format(text))
        return Markup('<q lang="{}">{}</q>').format(HTML_TAGS[language], marks.format(text))

    def language_tag(self, text: str) -> str:
        """Return the language tag of a text of a source."""
        return HTML_TAGS["zh" if HAN.search(text) else "en"]

    def source_text(self, text: str) -> Markup:
        """Write a text of a source, with its language if it is another than the page's."""
        language = "zh" if HAN.search(text) else "en"
        return self.span(Name(text, language))

    def text_of(self, texts: list[ox.Literal]) -> Markup:
        """Write the text that is in the page's language, or the first where none is."""
        best = next((t for t in texts if t.language in ("", self.language)), texts[0])
        return self.literal(best)

    def own_language_first(self, texts: list[ox.Literal]) -> list[ox.Literal]:
        """Return the texts, those in the page's language first."""
        return sorted(texts, key=lambda text: text.language != self.language)

    def code(self, term: ox.Literal) -> Markup:
        """Write a dcterms:identifier such as `iso3166-1:CN`, linked where it can be looked up."""
        scheme, colon, value = term.value.partition(":")
        key = f"schemes.{scheme}"
        if not colon or key not in catalogue():
            return Markup("<code>{}</code>").format(term.value)
        text = Markup("{} <code>{}</code>").format(translate(key, self.language), value)
        if scheme not in _LOOKUP:
            return text
        address = _LOOKUP[scheme].format(quote(value, safe="."))
        return Markup('<a class="out" rel="external" href="{}">{}</a>').format(address, text)

    def identifier(self, predicate: ox.NamedNode, term: object) -> Markup:
        """Write an identifier: a code with its scheme, or a link that names its registry."""
        if isinstance(term, ox.Literal) and predicate.value == PREFIXES["dcterms"] + "identifier":
            return self.code(term)
        return self.value(term)

    def term(self, term: ox.NamedNode) -> Markup:
        """Link a term of a vocabulary by its prefixed name."""
        short = Markup("<code>{}</code>").format(shorten(term.value))
        address = self.href(term.value)
        return Markup('<a href="{}">{}</a>').format(address, short) if address else short

    def link_prefixed(self, written: str) -> Markup:
        """Link a term that is written with a prefix, as reports write them."""
        prefix, colon, name = written.partition(":")
        if not colon or prefix not in PREFIXES:
            return Markup("<code>{}</code>").format(written)
        return self.link(PREFIXES[prefix] + name)

    def name_of(self, compact: str) -> Markup:
        """Write the name of a term, by its prefixed name."""
        prefix, _, name = compact.partition(":")
        return self.span(self.name(PREFIXES[prefix] + name))

    def is_link(self, term: object) -> bool:
        """Check whether a value is an address on the Web."""
        return isinstance(term, ox.NamedNode) and self.href(term.value) is not None

    def clip(self, text: str, width: int) -> str:
        """Return a text shortened to a width; a Chinese character is as wide as two others."""
        return clip(text, width)

    def lines(self, text: str, width: int) -> list[str]:
        """Return a name in at most three lines of a width."""
        words = list(text) if HAN.search(text) else re.findall(r"\S+\s*", text)
        lines = [""]
        for word in words:
            if lines[-1] and wide(lines[-1] + word.rstrip()) > width:
                lines.append("")
            lines[-1] += word
        if len(lines) > 3:
            lines = [*lines[:2], clip("".join(lines[2:]), width)]
        return [clip(line.strip(), width + 2) for line in lines]

    def day(self, text: str) -> str:
        """Write a date."""
        return date(text, self.language)

    def axis_label(self, text: str, unit: object) -> str:
        """Write a mark of an axis: a number with its unit, or a date."""
        if "-" in text[1:] or (unit is None and len(text) == 4 and text.isdecimal()):
            return date(text, self.language)
        return figure(
            text, local(unit.value) if isinstance(unit, ox.NamedNode) else "", self.language
        )

    def proof_address(self, subject: ox.NamedNode, predicate: ox.NamedNode, term: object) -> str:
        """Return the address of the proof of an inferred triple."""
        parameters = {"subject": subject.value, "predicate": predicate.value, "object": str(term)}
        if language := explicit(request):
            parameters["lang"] = language
        return f"{request.script_root}/why?{urlencode(parameters)}"

    def number(self, value: int) -> str:
        """Write a number with separators."""
        return number(str(value))

    def local(self, term: ox.NamedNode) -> str:
        """Return the last part of an IRI."""
        return local(term.value)

    def query_address(self, query: str) -> str:
        """Return the address of the endpoint with a query."""
        return f"{request.script_root}/sparql?{urlencode({'query': query})}"


def local(iri: str) -> str:
    """Return the last part of an IRI."""
    return iri.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1]
