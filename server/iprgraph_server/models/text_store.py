"""The articles' own texts, where the operator provides them, and who may read them.

A text is its publisher's: it is never part of a release, and is shown to the operator's own
machine only, unless `--texts-for all` allows more.
"""

from __future__ import annotations

import hashlib
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from flask import Request

from iprgraph.errors import UsageError

#: Headers with which a proxy passes on another machine's request.
_PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


class ArticleTexts:
    """The texts of a folder by their SHA-256; raises UsageError where there is no folder."""

    def __init__(self, folder: str, readers: str) -> None:
        if readers not in ("local", "all"):
            raise UsageError(f"--texts-for: {readers!r} is neither local nor all")
        self._for_all = readers == "all"
        self._texts: dict[str, str] = {}
        if not folder:
            return
        if not Path(folder).is_dir():
            raise UsageError(f"--texts: there is no folder {folder}")
        for path in sorted(Path(folder).glob("*.txt")):
            content = path.read_bytes()
            self._texts[hashlib.sha256(content).hexdigest()] = content.decode("utf-8", "replace")

    def get(self, digest: str, request: Request) -> str | None:
        """Return the text with a digest, or None where there is none or the client may not read it."""
        text = self._texts.get(digest.lower())
        return text if text is not None and (self._for_all or is_local(request)) else None


def is_local(request: Request) -> bool:
    """Check whether a request comes from this machine, and not through a proxy on it."""
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    host = urlsplit(f"//{request.host}").hostname or ""
    return _loopback(request.remote_addr or "") and (host == "localhost" or _loopback(host))


def _loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
