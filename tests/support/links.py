"""Read Link headers and link sets as a program does: who links what, by which relation."""

from __future__ import annotations

import re
from typing import NamedTuple

from support.client import Reply

#: How many links the bundled graph has to each dataset, by predicate.
NUMBERS = {
    "wikidata": {"closeMatch": 4, "exactMatch": 12},
    "wikidata-properties": {"closeMatch": 8},
    "geonames": {"closeMatch": 1, "exactMatch": 5},
    "ror": {"exactMatch": 2},
    "isni": {"exactMatch": 2},
    "eurovoc": {"exactMatch": 17},
    "eu-authorities": {"exactMatch": 4},
    "dbpedia": {"exactMatch": 1, "seeAlso": 3},
    "wikipedia": {"isPrimaryTopicOf": 6},
    "loc": {"exactMatch": 1},
    "qudt": {"exactMatch": 2},
    "om": {"exactMatch": 2},
    "wipo-lex": {"seeAlso": 2},
}

_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w*-]+="[^"]*")*)\s*(?:,\s*|$)')
_PARAMETER = re.compile(r'([\w*-]+)="([^"]*)"')


class Target(NamedTuple):
    """Where a link leads to, and its attributes."""

    href: str
    told: dict[str, str]

    @property
    def rel(self) -> str:
        return self.told["rel"]

    @property
    def type(self) -> str:
        return self.told.get("type", "")


def parse(field: str) -> list[Target]:
    """Parse a Link header, or an application/linkset document; fails on what is no link."""
    found, end = [], 0
    for match in _LINK.finditer(field):
        assert match.start() == end, field[end:]
        end = match.end()
        found.append(Target(match[1], dict(_PARAMETER.findall(match[2]))))
    assert end == len(field), field[end:]
    return found


def links(reply: Reply, rel: str) -> list[Target]:
    """Return the links of an answer by one relation."""
    return [target for target in parse(reply.headers["link"]) if target.rel == rel]


def targets(reply: Reply, rel: str) -> list[str]:
    """Return where the links of an answer lead to by one relation."""
    return [target.href for target in links(reply, rel)]
