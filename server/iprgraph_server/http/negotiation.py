"""Choose what form an answer takes: the formats are two tables, negotiation is one function.

A format is what the engine or a writer can produce; its first media type is the one sent, the
others are only understood. Where a client likes several equally, the table's order decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

#: A comma or semicolon splits a header unless it stands in a quoted string.
_ELEMENT = re.compile(r'((?:[^,"]|"(?:[^"\\]|\\.)*")+)')
_PARAMETER = re.compile(r';((?:[^;"]|"(?:[^"\\]|\\.)*")*)')
_RANGE = re.compile(r"([\w!#$%&'*+.^`|~-]+)/([\w!#$%&'*+.^`|~-]+)$", re.ASCII)
_QUALITY = re.compile(r"(?:0(?:\.\d*)?|1(?:\.0*)?)$", re.ASCII)


# Compared by identity: a table of formats is a key of the cache of `negotiate`.
@dataclass(frozen=True, slots=True, eq=False)
class Format:
    """Describe one form of an answer."""

    #: What the engine calls it; also a value of `format=`.
    name: str
    #: Media types that ask for it; the first is sent.
    media_types: tuple[str, ...]
    #: Other values of `format=` that mean it.
    short: tuple[str, ...] = ()
    #: The IRI by which a service description names it.
    iri: str = ""

    @property
    def media_type(self) -> str:
        """Give the media type without parameters."""
        return self.media_types[0]

    @property
    def content_type(self) -> str:
        """Give the Content-Type header; text types say that they are UTF-8."""
        utf8 = self.media_type.startswith("text/")
        return f"{self.media_type}; charset=utf-8" if utf8 else self.media_type


_W3C = "http://www.w3.org/ns/formats/"

HTML = Format("html", ("text/html",))

#: Answers to SELECT and ASK, best first.
RESULTS = (
    Format(
        "json",
        ("application/sparql-results+json", "application/json"),
        ("srj",),
        f"{_W3C}SPARQL_Results_JSON",
    ),
    Format(
        "xml",
        ("application/sparql-results+xml", "application/xml", "text/xml"),
        ("srx",),
        f"{_W3C}SPARQL_Results_XML",
    ),
    Format("csv", ("text/csv",), (), f"{_W3C}SPARQL_Results_CSV"),
    Format("tsv", ("text/tab-separated-values",), (), f"{_W3C}SPARQL_Results_TSV"),
    HTML,
)

#: Answers to CONSTRUCT and DESCRIBE, and graphs, best first.
GRAPHS = (
    Format("turtle", ("text/turtle", "application/x-turtle"), ("ttl",), f"{_W3C}Turtle"),
    Format("ntriples", ("application/n-triples",), ("nt", "n-triples"), f"{_W3C}N-Triples"),
    Format(
        "jsonld", ("application/ld+json", "application/json"), ("json", "json-ld"), f"{_W3C}JSON-LD"
    ),
    Format(
        "rdfxml",
        ("application/rdf+xml", "application/xml", "text/xml"),
        ("xml", "rdf", "rdf-xml"),
        f"{_W3C}RDF_XML",
    ),
    Format("trig", ("application/trig", "application/x-trig"), (), f"{_W3C}TriG"),
    Format("nquads", ("application/n-quads",), ("nq", "n-quads"), f"{_W3C}N-Quads"),
    HTML,
)

#: Formats in which a graph can be sent to the graph store.
UPLOADS = tuple(f for f in GRAPHS if f.name in {"turtle", "ntriples", "jsonld", "rdfxml"})


@lru_cache(maxsize=1024)
def negotiate(accept: str, formats: tuple[Format, ...]) -> Format | None:
    """Choose the format that an Accept header likes best; None when it takes none of them.

    The most specific range that matches a media type gives its quality (RFC 9110, 12.5.1). Ranges
    that are not well-formed are passed over; a header without any that is means no preference.
    """
    ranges = parse_accept(accept)
    if not ranges:
        return formats[0]
    best, best_quality = None, 0.0
    for form in formats:
        quality = _quality(form.media_type, ranges)
        for understood in form.media_types[1:]:
            # A wildcard asks for what is sent, not for what is merely understood.
            quality = max(quality, _quality(understood, ranges, wildcards=False))
        if quality > best_quality:
            best, best_quality = form, quality
    return best


def named(name: str, formats: tuple[Format, ...]) -> Format | None:
    """Find the format that `format=` names, by its name, a short form or a media type."""
    # In a query string a plus sign stands for a space: application/ld+json arrives with one.
    name = name.strip().lower().replace(" ", "+")
    for form in formats:
        if name == form.name or name in form.short or name in form.media_types:
            return form
    return None


def parse_accept(accept: str) -> list[tuple[str, str, float]]:
    """Read an Accept header as (type, subtype, quality), without parameters other than q."""
    ranges = []
    for element in _ELEMENT.findall(accept):
        media_type, parameters = split_parameters(element)
        match = _RANGE.match(media_type)
        quality = parameters.get("q", "1")
        if match and _QUALITY.match(quality):
            ranges.append((match[1], match[2], float(quality)))
    return ranges


def split_parameters(header: str) -> tuple[str, dict[str, str]]:
    """Split `text/turtle; charset="utf-8"` into its lower-case media type and its parameters."""
    media_type, semicolon, rest = header.partition(";")
    parameters = {}
    for parameter in _PARAMETER.findall(semicolon + rest):
        name, _, value = parameter.partition("=")
        parameters[name.strip().lower()] = value.strip().strip('"')
    return media_type.strip().lower(), parameters


def _quality(
    media_type: str, ranges: list[tuple[str, str, float]], wildcards: bool = True
) -> float:
    """Give the quality of a media type by the most specific range that covers it."""
    kind, subtype = media_type.split("/")
    best = (-1, 0.0)
    for range_kind, range_subtype, quality in ranges:
        if range_kind == kind and range_subtype == subtype:
            found = (2, quality)
        elif not wildcards:
            continue
        elif range_kind == kind and range_subtype == "*":
            found = (1, quality)
        elif range_kind == range_subtype == "*":
            found = (0, quality)
        else:
            continue
        best = max(best, found)
    return best[1]


def parse_codings(accept_encoding: str) -> dict[str, float]:
    """Read an Accept-Encoding header as a quality by coding."""
    codings = {}
    for element in accept_encoding.split(","):
        coding, parameters = split_parameters(element)
        quality = parameters.get("q", "1")
        if coding and _QUALITY.match(quality):
            codings["gzip" if coding == "x-gzip" else coding] = float(quality)
    return codings
