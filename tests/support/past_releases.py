"""What tests of several releases ask, and how they read the answers."""

from __future__ import annotations

import re

from support.client import Reply

ROOMS = "SELECT ?n { organization:school schema:numberOfRooms ?n }"
CLAIMS = "SELECT ?c { ?c a ipr:Claim } ORDER BY ?c"
SCHOOL = "/data/organization/school.ttl"
DATES = ("Tue, 30 Nov 2021 00:00:00 GMT", "Wed, 15 Dec 2021 00:00:00 GMT",
         "Thu, 20 Jan 2022 00:00:00 GMT")  # fmt: skip


def relations(reply: Reply) -> dict[str, str]:
    """Read a Link header as address by relation; several relations of one link count each."""
    found = {}
    for address, told in re.findall(r"<([^>]*)>((?:; \w+=\"[^\"]*\")+)", reply.headers["link"]):
        for relation in re.findall(r'rel="([^"]*)"', told)[0].split():
            found.setdefault(relation, address)
    return found


def rows(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.text
    return reply.text.split()[1:]
