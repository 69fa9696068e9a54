"""Say values in words: numbers with their units, dates, and where a term leads to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import quote, urlencode, urlsplit

import pyoxigraph as ox
from flask import request
from markupsafe import Markup

from iprgraph.namespaces import BASE, PREFIXES, shorten
from iprgraph_server.language import HTML_TAGS, catalogue, explicit, translate
from iprgraph_server.names import Name, Names

_XSD = PREFIXES["xsd"]
_NUMBERS = {
    _XSD + name
    for name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger")
}
_DATE = re.compile(r"(-?\d{4,})(?:-(\d\d))?(?:-(\d\d))?(?:T(\d\d:\d\d)[\d:.]*)?(Z|[+-]\d\d:\d\d)?$")
_OWN = re.compile(
    re.escape(BASE) + r"(?:id/([a-z-]+)/([a-z0-9-]+)|ontology#(\w+)|graph/([a-z0-9/-]+))$"
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

#: Words for big numbers by language, biggest first; Chinese counts in ten thousands.
_SCALES = {
    "en": ((12, " trillion"), (9, " billion"), (6, " million")),
    "zh": ((12, "万亿"), (8, "亿"), (4, "万")),
}

#: Codes that can be looked up: the prefix of a dcterms:identifier and the address it leads to.
_LOOKUP = {
    "funder": "https://doi.org/10.13039/{}",
    "isni": "https://isni.org/isni/{}",
    "worldbank": "https://data.worldbank.org/indicator/{}",
}


def number(text: str) -> str:
    """Write a number with separators: 68720 becomes 68,720."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    if not value.is_finite() or abs(value.adjusted()) > 30:
        return text
    written = f"{value:,f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return written.replace("-", "−")


def figure(text: str, unit: str, language: str) -> str:
    """Write a number with its unit; money is scaled where that loses nothing."""
    pattern = catalogue().get(f"units.{unit}")
    if pattern is None:
        return number(text)
    written = number(text)
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    if unit.startswith("CCY_"):
        for power, word in _SCALES[language]:
            if power <= value.copy_abs().adjusted() <= 30:
                scaled = value.scaleb(-power)
                if len(scaled.normalize().as_tuple().digits) <= 6:
                    written = number(str(scaled)) + word
                break
    return pattern[language].format(written)


def date(text: str, language: str) -> str:
    """Write an xsd:date, dateTime, gYear or gYearMonth as people do."""
    match = _DATE.match(text)
    if not match:
        return text
    year, month, day, clock, zone = match.groups()
    parts = [int(part) for part in (year, month, day) if part]
    if month and not 1 <= int(month) <= 12:
        return text
    if language == "zh":
        written = "".join(f"{n}{unit}" for n, unit in zip(parts, "年月日", strict=False))
    else:
        words = [str(parts[0]), *(_MONTHS[n - 1] for n in parts[1:2]), *map(str, parts[2:])]
        written = " ".join(reversed(words))
    if clock:
        zone = {"Z": "UTC", None: ""}.get(zone, f"UTC{zone}")
        comma = " " if language == "zh" else ", "
        written += comma + clock + (f" ({zone})" if zone else "")
    return written


@dataclass(frozen=True)
class Wording:
    """Say terms in one language; templates call it ``w``."""

    language: str
    names: Names

    def name(self, term: ox.NamedNode | str) -> Name:
        """Give the name of a thing."""
        return self.names.of(term if isinstance(term, str) else term.value, self.language)

    def other(self, term: ox.NamedNode) -> Name | None:
        """Give the name of a thing in the other language."""
        return self.names.other(term.value, self.language)

    def span(self, name: Name) -> Markup:
        """Write a name, saying its language where it is not the page's."""
        if name.language in ("", self.language):
            return Markup("<bdi>{}</bdi>").format(name.text)
        return Markup('<bdi lang="{}">{}</bdi>').format(HTML_TAGS[name.language], name.text)

    def link(self, term: ox.NamedNode | str) -> Markup:
        """Link a thing by its name; an address elsewhere says whose it is."""
        iri = term if isinstance(term, str) else term.value
        name = self.name(iri)
        address = self.href(iri)
        if address is None:
            return self.span(name)
        if not address.startswith("http"):
            return Markup('<a href="{}">{}</a>').format(address, self.span(name))
        keeper = None if name.language else self.keeper(iri)
        text = self.span(name)
        if keeper:
            text = Markup("{} <small>{}</small>").format(keeper, local(iri))
        return Markup('<a class="out" rel="external" href="{}">{}</a>').format(address, text)

    def href(self, iri: str) -> str | None:
        """Give the address that a link to an IRI opens; None for what is no web address."""
        root = request.script_root
        if own := _OWN.match(iri):
            kind, slug, term, graph = own.groups()
            asked = explicit(request)
            query = f"?lang={asked}" if asked else ""
            if kind:
                return f"{root}/page/{kind}/{slug}{query}"
            return f"{root}/page/ontology{query}#{term}" if term else f"{root}/graph/{graph}{query}"
        if iri == BASE + "ontology":
            return f"{root}/page/ontology"
        # A graph may hold javascript: and other schemes; only web addresses become links.
        return iri if urlsplit(iri).scheme in ("http", "https") else None

    def keeper(self, iri: str) -> Markup | None:
        """Name who keeps an identifier, by its host."""
        host = (urlsplit(iri).hostname or "").removeprefix("www.")
        key = f"keepers.{host}"
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

    def compared(self, property_: str, term: object, unit: object, measures: set[str]) -> Markup:
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
        """Write an identifier: a code with its scheme, or a link that names its keeper."""
        if isinstance(term, ox.Literal) and predicate.value == PREFIXES["dcterms"] + "identifier":
            return self.code(term)
        return self.value(term)

    def term(self, term: ox.NamedNode) -> Markup:
        """Link a term of a vocabulary by its prefixed name."""
        short = Markup("<code>{}</code>").format(shorten(term.value))
        address = self.href(term.value)
        return Markup('<a href="{}">{}</a>').format(address, short) if address else short

    def name_of(self, compact: str) -> Markup:
        """Give the name of a term by its prefixed name."""
        prefix, _, rest = compact.partition(":")
        return self.span(self.name(PREFIXES[prefix] + rest))

    def is_link(self, term: object) -> bool:
        """Tell whether a value is an address on the Web."""
        return isinstance(term, ox.NamedNode) and self.href(term.value) is not None

    def number(self, value: int) -> str:
        """Write a number with separators."""
        return number(str(value))

    def local(self, term: ox.NamedNode) -> str:
        """Give the last part of an IRI."""
        return local(term.value)

    def ask(self, query: str) -> str:
        """Give the address that asks the endpoint a query."""
        return f"{request.script_root}/sparql?{urlencode({'query': query})}"


def local(iri: str) -> str:
    """Give the last part of an IRI."""
    return iri.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1]
