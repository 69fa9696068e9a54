"""The peers that SERVICE calls, as a query worker reaches them: by the service proxy, which see."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from time import monotonic
from urllib.parse import urlsplit

from iprgraph.errors import PeerFailed, Text
from iprgraph_server.errors import unpack

ACCEPT = "application/sparql-results+json, application/sparql-results+xml;q=0.9"
#: The headers by which worker and service proxy speak: the seconds a peer has, and how it failed.
SECONDS, FAILED = "x-seconds", "x-failed"
#: So much of a query's time its peers may take at most, and at least: the rest, half a second where
#: that can be, is for telling that they did.
_MOST, _LEAST, _TELLING = 0.9, 0.5, 0.5
#: Characters of a peer's own words, when it refuses.
_QUOTED = 200


class ServiceClient:
    """Ask the allowed endpoints, for so many bytes and seconds in all."""

    def __init__(self, addresses: Mapping[str, str], most_bytes: int, seconds: float) -> None:
        self._addresses = addresses
        self._left = most_bytes
        self._most = most_bytes
        self._seconds = min(_MOST * seconds, max(_LEAST * seconds, seconds - _TELLING))
        self._deadline = monotonic() + self._seconds

    def allows(self, url: str) -> bool:
        """Check whether an endpoint may be called."""
        return url in self._addresses

    def ask(self, url: str, query: str) -> tuple[str, bytes]:
        """Return a peer's whole answer with its media type; raises PeerFailed."""
        seconds = self._deadline - monotonic()
        if seconds <= 0:
            raise PeerFailed(
                url,
                "timeout",
                Text("had not answered all within {seconds} s", seconds=f"{self._seconds:.3g}"),
            )
        parts = urlsplit(self._addresses[url])
        # The service proxy itself keeps to the time; should it be lost, this ends with the worker.
        connection = http.client.HTTPConnection(parts.netloc)
        headers = {
            "content-type": "application/sparql-query",
            "accept": ACCEPT,
            SECONDS: f"{seconds:.3f}",
        }
        try:
            connection.request("POST", parts.path, query.encode(), headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise PeerFailed(
                url, "unreachable", Text("cannot be reached: {told}", told=Text.of(error))
            ) from None
        finally:
            connection.close()
        if reason := answer.headers.get(FAILED):
            raise PeerFailed(url, reason, unpack(json.loads(body)))
        if answer.status != 200:
            raise PeerFailed(url, "status", _refusal(answer.status, body))
        self._left -= len(body)
        if self._left < 0:
            raise PeerFailed(
                url, "too-large", Text("gives more than {most} bytes in all", most=self._most)
            )
        return answer.headers.get("content-type", ""), body


def _refusal(status: int, body: bytes) -> str:
    said = " ".join(body[: 4 * _QUOTED].decode("utf-8", "replace").split())[:_QUOTED]
    name = http.client.responses.get(status, "")
    return f"answers {status} {name}".rstrip() + (f": {said}" if said else "")
