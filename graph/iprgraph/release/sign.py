"""Sign releases: one signature of SHA256SUMS, which holds the checksum of everything else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from minisign import SecretKey

from iprgraph.errors import ReleaseError
from iprgraph.release.dumps import DumpFile
from iprgraph.release.minisign import (
    KEY,
    SIGNATURE,
    key_id,
    parse_signature,
    public_key_file,
    signature_file,
)
from iprgraph.release.release import Release
from iprgraph.release.verify import verify


def signature_files(manifest: dict[str, Any], sums: bytes, key: SecretKey) -> list[DumpFile]:
    """Return the signature of a release's SHA256SUMS, and the file of the key to check it with."""
    comment = f"release {manifest['id']}, issued {manifest['issued']}, file SHA256SUMS, hashed"
    return [
        DumpFile(SIGNATURE, signature_file(key, sums, comment), "text/plain"),
        DumpFile(KEY, public_key_file(key.get_public_key()), "text/plain"),
    ]


def sign(release: Release, key: SecretKey) -> bool:
    """Sign a release that proves to be whole; return False when this key has signed it already.

    Raises ReleaseError for one that was altered, or that another key has signed.
    """
    problems = verify(release.dir).problems
    if problems:
        raise ReleaseError(f"{release.dir} is not what it was: {'; '.join(problems)}")
    existing = release.dir / SIGNATURE
    if existing.is_file():
        signer = key_id(parse_signature(existing.read_bytes()))
        if signer == key_id(key.get_public_key()):
            return False
        raise ReleaseError(
            f"{release.dir} is signed already, with key {signer}; remove "
            f"{SIGNATURE} and {KEY} to sign it with another"
        )
    sums = (release.dir / "SHA256SUMS").read_bytes()
    # The key first: a release that has a signature has the key too.
    for file in reversed(signature_files(release.manifest, sums, key)):
        _write(release.dir / file.name, file.content)
    return True


def _write(path: Path, content: bytes) -> None:
    """Write a file that nobody sees before it is complete."""
    work = path.with_name(f".{path.name}-{os.getpid()}")
    with work.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    work.replace(path)
