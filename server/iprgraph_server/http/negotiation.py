"""Choose the format of an answer, by an Accept header or by name; parse such headers."""

from __future__ import annotations

import re
from functools import lru_cache

from iprgraph_server.http.formats import Format

#: A comma or semicolon splits a header unless it stands in a quoted string.
_ELEMENT = re.compile(r'((?:[^,"]|"(?:[^"\\]|\\.)*")+)')
_PARAMETER = re.compile(r';((?:[^;"]|"(?:[^"\\]|\\.)*")*)')
_RANGE = re.compile(r"([\w!#$%&'*+.^`|~-]+)/([\w!#$%&'*+.^`|~-]+)$", re.ASCII)
_QUALITY = re.compile(r"(?:0(?:\.\d*)?|1(?:\.0*)?)$", re.ASCII)


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
    """Return the format that `format=` names, by its name, a short form or a media type."""
    # In a query string a plus sign stands for a space: application/ld+json arrives with one.
    name = name.strip().lower().replace(" ", "+")
    for form in formats:
        if name == form.name or name in form.short or name in form.media_types:
            return form
    return None


def parse_accept(accept: str) -> list[tuple[str, str, float]]:
    """Parse an Accept header as (type, subtype, quality), without parameters other than q."""
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
    """Return the quality of a media type by the most specific range that covers it."""
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
    """Parse an Accept-Encoding header as a quality by coding."""
    codings = {}
    for element in accept_encoding.split(","):
        coding, parameters = split_parameters(element)
        quality = parameters.get("q", "1")
        if coding and _QUALITY.match(quality):
            codings["gzip" if coding == "x-gzip" else coding] = float(quality)
    return codings
