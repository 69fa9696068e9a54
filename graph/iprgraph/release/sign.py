"""Sign releases: one signature of SHA256SUMS, which holds the checksum of everything else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from iprgraph.errors import ReleaseError
from iprgraph.release.dumps import File
from iprgraph.release.minisign import KEY, SIGNATURE, SecretKey, parse_signature
from iprgraph.release.release import Release
from iprgraph.release.verify import verify


def signature_files(manifest: dict[str, Any], sums: bytes, key: SecretKey) -> list[File]:
    """Make the signature of a release's SHA256SUMS, and the file of the key to check it with."""
    comment = f"release {manifest['id']}, issued {manifest['issued']}, file SHA256SUMS, hashed"
    return [
        File(SIGNATURE, key.sign(sums, comment), "text/plain"),
        File(KEY, key.public.write(), "text/plain"),
    ]


def sign(release: Release, key: SecretKey) -> bool:
    """Sign a release that proves to be whole; False when this key has signed it already.

    Raises ReleaseError for one that was altered, or that another key has signed.
    """
    found = verify(release.dir)
    if found.problems:
        raise ReleaseError(f"{release.dir} is not what it was: {'; '.join(found.problems)}")
    there = release.dir / SIGNATURE
    if there.is_file():
        number = parse_signature(there.read_bytes()).number
        if number == key.public.number:
            return False
        raise ReleaseError(
            f"{release.dir} is signed already, with key {number[::-1].hex().upper()}; remove "
            f"{SIGNATURE} and {KEY} to sign it with another"
        )
    sums = (release.dir / "SHA256SUMS").read_bytes()
    # The key first: a release that has a signature has the key too.
    for file in reversed(signature_files(release.manifest, sums, key)):
        _write(release.dir / file.name, file.content)
    return True


def _write(path: Path, content: bytes) -> None:
    """Have a file appear whole."""
    work = path.with_name(f".{path.name}-{os.getpid()}")
    with work.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    work.replace(path)
