"""By what answers vary, how long they may be kept, and what tells one from another."""

from __future__ import annotations

from hashlib import blake2b

#: Answers may be kept, but not used unasked: the entity tag tells at once whether they still hold.
FRESH = ("cache-control", "public, no-cache")
VARY = ("vary", "Accept, Accept-Encoding, Accept-Datetime")


def varied(spoken: str) -> list[tuple[str, str]]:
    """Give the headers that say by what an answer was chosen, and in which language it is, if any."""
    if not spoken:
        return [VARY]
    return [("vary", f"{VARY[1]}, Accept-Language"), ("content-language", spoken)]


def entity_tag(state: str, identity: tuple[object, ...]) -> str:
    """Make a strong entity tag from the state of the dataset, the query, the type, the coding."""
    digest = blake2b(f"{state}{identity}".encode("utf-8", "replace"), digest_size=16)
    return f'"{digest.hexdigest()}"'
