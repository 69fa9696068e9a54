"""Decide who may write: whoever holds the token; nobody where none is set."""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from pathlib import Path

from iprgraph.errors import UsageError
from iprgraph_server.errors import NotWritable
from iprgraph_server.http.messages import Request
from iprgraph_server.http.problems import Unauthorized


class Access:
    """Check the bearer token of writes."""

    def __init__(self, token: str = "") -> None:
        self._token = token.encode()

    @property
    def open(self) -> bool:
        """Check whether anyone may write."""
        return bool(self._token)

    def check(self, request: Request) -> None:
        """Check the token of a write; raises NotWritable where writes are off, Unauthorized otherwise."""
        if not self._token:
            raise NotWritable(
                "Writes are off. The operator can allow them with --token-file or IPRGRAPH_TOKEN."
            )
        given = request.environ.get("HTTP_AUTHORIZATION", "")
        scheme, _, token = given.partition(" ")
        # Compared as bytes and in constant time, so that the time tells nothing about the token.
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            token.strip().encode(), self._token
        ):
            raise Unauthorized(
                "Send the token: Authorization: Bearer TOKEN."
                if not given
                else "The token sent is not the one that this server takes."
            )


def read_token(file: Path | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """Return the token in a file, or else in the environment; "" where there is none."""
    if file is None:
        return environ.get("IPRGRAPH_TOKEN", "").strip()
    try:
        token = file.read_text("utf-8").strip()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    if not token:
        raise UsageError(f"{file} is empty: it should hold the token that allows writes")
    return token
