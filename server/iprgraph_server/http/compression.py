"""Compress answers: the content coding is negotiated, small answers stay as they are."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import lru_cache

import brotli  # type: ignore[import-untyped]
import zstandard

from iprgraph_server.http.negotiation import parse_codings

#: Below this many bytes the saving is not worth the time, nor often a packet.
SMALLEST = 1024


def _gzip(body: bytes) -> bytes:
    # Window bits above 15 ask zlib for the gzip format; its header has no time stamp then, so
    # the same answer always has the same bytes.
    packer = zlib.compressobj(5, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(body)


def _br(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=4))


#: Codings, best first where a client likes several equally: zstd takes the least time by far.
CODINGS: dict[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "br": _br, "gzip": _gzip}


@lru_cache(maxsize=256)
def choose(accept_encoding: str) -> str:
    """Return the coding that an Accept-Encoding header likes best; "" leaves a body as it is."""
    asked = parse_codings(accept_encoding)
    other = asked.get("*", 0.0)
    best, best_quality = "", 0.0
    for coding in CODINGS:
        quality = asked.get(coding, other)
        if quality > best_quality:
            best, best_quality = coding, quality
    return best if best_quality >= asked.get("identity", 0.0) else ""


def compress(body: bytes, coding: str) -> tuple[bytes, str]:
    """Return a body compressed, and the coding used: "" where it is small or would grow."""
    if not coding or len(body) < SMALLEST:
        return body, ""
    packed = CODINGS[coding](body)
    return (packed, coding) if len(packed) < len(body) else (body, "")
