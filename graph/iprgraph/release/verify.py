"""Check that a release, in a folder or on the Web, is what its manifest says."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from minisign import PublicKey

from iprgraph.errors import ReleaseError, SignatureError, UsageError
from iprgraph.namespaces import shorten
from iprgraph.rdf.canonical import dataset_hash, graph_hashes
from iprgraph.release.dumps import checksums, sha256
from iprgraph.release.minisign import (
    KEY,
    SIGNATURE,
    check_signature,
    key_id,
    parse_public,
    parse_signature,
)

_MANIFEST, _SUMS = "manifest.json", "SHA256SUMS"
#: A folder that releases of former versions have; no manifest lists it, and nothing reads it.
_FORMER_STORE = "store"
_TIMEOUT = 60.0

#: Called with each problem, in words.
_OnProblem = Callable[[str], None]


@dataclass
class Verification:
    """What was checked, and each problem in words."""

    release_id: str
    files: int = 0
    graphs: int = 0
    problems: list[str] = field(default_factory=list)
    #: Who signed it, and why that is to be believed, in a line.
    signature: str = ""

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(target: Path | str, key: PublicKey | None = None) -> Verification:
    """Check a release folder, or the release that a server offers at an http(s) address.

    Checks each file against the manifest, the manifest against SHA256SUMS, and the RDFC-1.0 hashes
    of the dataset and of each graph against the data; the signature by the key of whom you trust,
    or else by the key that came with it. Raises ReleaseError where
    there is no release at all.
    """
    source = _WebSource.find(target) if _is_url(target) else _FolderSource(Path(target))
    raw = source.read(_MANIFEST)
    if raw is None:
        raise ReleaseError(f"{target} is not a release: it has no {_MANIFEST}")
    try:
        manifest: dict[str, Any] = json.loads(raw)
        result = Verification(str(manifest["id"]), len(manifest["files"]), len(manifest["graphs"]))
        listed = {name: str(file["sha256"]) for name, file in manifest["files"].items()}
        sums = checksums(listed, raw)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReleaseError(f"{target}: {_MANIFEST} is not that of a release") from error
    report = result.problems.append
    sums_file = source.read(_SUMS)
    if sums_file is None:
        report(f"{_SUMS} is missing")
    elif sums_file != sums:
        report(f"{_SUMS} and {_MANIFEST} do not agree: one of them was altered")
    result.signature = _check_signer(source, sums_file or sums, key, report)
    dump = _check_files(source, listed, report)
    _check_hashes(manifest, dump, report)
    return result


def _check_files(source: _Source, listed: dict[str, str], report: _OnProblem) -> bytes:
    """Compare each file with its checksum; return the N-Quads dump."""
    dump = b""
    for name, digest in sorted(listed.items()):
        content = source.read(name)
        if content is None:
            report(f"{name} is missing")
        elif sha256(content) != digest:
            report(f"{name} was altered")
        if name == "iprgraph.nq":
            dump = content or b""
    known = {*listed, _MANIFEST, _SUMS, SIGNATURE, KEY, _FORMER_STORE}
    for name in sorted(source.names() - known):
        report(f"{name} was added")
    return dump


def _check_signer(source: _Source, sums: bytes, key: PublicKey | None, report: _OnProblem) -> str:
    """Check who signed the checksums; return in a line what that proves."""
    written = source.read(SIGNATURE)
    if written is None:
        if key:
            report(f"{SIGNATURE} is missing: the release is not signed by key {key_id(key)}")
        return "not signed: only the agreement of its parts was checked"
    try:
        signature = parse_signature(written)
        signer = key or _own_key(source)
        check_signature(signature, sums, signer)
    except (SignatureError, UsageError) as error:
        report(f"{SIGNATURE}: {error}")
        return ""
    signed = f"signed with key {key_id(signer)} ({signature.trusted_comment}); "
    if key:
        return f"{signed}you trust this key"
    return (
        f"{signed}this key came with the release, so it proves nothing about who signed. "
        "Get the key from its owner and give it with --key"
    )


def _own_key(source: _Source) -> PublicKey:
    """Read the key that came with a release."""
    text = source.read(KEY)
    if text is None:
        raise SignatureError(f"it cannot be checked, for {KEY} is missing and no key is given")
    return parse_public(text.decode("utf-8", "replace"), KEY)


def _check_hashes(manifest: dict[str, Any], dump: bytes, report: _OnProblem) -> None:
    """Compare the data's own hashes with the manifest's."""
    try:
        quads = list(ox.parse(dump, ox.RdfFormat.N_QUADS))
    except SyntaxError as error:
        report(f"iprgraph.nq cannot be read: {error.msg}")
        return
    whole = dataset_hash(quads)
    if whole != manifest["dataset_hash"]:
        report("the dataset does not have the hash that the manifest gives")
    if manifest["id"] != f"{manifest['version']}-{manifest['dataset_hash'][:12]}":
        report(f"the id {manifest['id']} does not belong to this version and hash")
    actual = graph_hashes(quads)
    for name in sorted(actual.keys() | manifest["graphs"].keys()):
        given = manifest["graphs"].get(name)
        if given is None:
            report(f"the graph {shorten(name)} was added")
        elif name not in actual:
            report(f"the graph {shorten(name)} is missing")
        elif (given["hash"], given["triples"]) != actual[name]:
            report(f"the graph {shorten(name)} was altered")


def _is_url(target: Path | str) -> bool:
    return isinstance(target, str) and target.startswith(("http://", "https://"))


class _FolderSource:
    """Read a release's files from a folder; a folder of releases stands for its current one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder if (folder / _MANIFEST).is_file() else folder / "current"

    def read(self, name: str) -> bytes | None:
        path = self.folder / name
        return path.read_bytes() if "/" not in name and path.is_file() else None

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}


class _WebSource:
    """Read a release's files over HTTP."""

    def __init__(self, base: str) -> None:
        self.base = base

    @classmethod
    def find(cls, url: Path | str) -> _WebSource:
        """Return the source at an address: the folder of the files, or the server that offers them."""
        base = str(url).removesuffix(_MANIFEST).rstrip("/")
        for candidate in (base, f"{base}/downloads"):
            site = cls(candidate)
            content = site.read(_MANIFEST)
            if content is not None and content.lstrip().startswith(b"{"):
                return site
        raise ReleaseError(f"{url} offers no release: there is no {base}/downloads/{_MANIFEST}")

    def read(self, name: str) -> bytes | None:
        url = f"{self.base}/{name}"
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer:  # noqa: S310
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                return None
            raise ReleaseError(f"{url} answered {error.code} {error.reason}") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise UsageError(f"cannot fetch {url}: {reason}") from error

    def names(self) -> set[str]:
        return set()


_Source = _FolderSource | _WebSource
