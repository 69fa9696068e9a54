"""Build a release from content: whole or not at all, and always the same bytes."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from minisign import SecretKey

from iprgraph.claims import nanopublication
from iprgraph.content.dataset import DatasetDescription
from iprgraph.content.loader import Content, load
from iprgraph.errors import ReleaseError, ShapesViolated
from iprgraph.namespaces import CLAIMS, DCTERMS
from iprgraph.rdf import jsonld
from iprgraph.rdf.canonical import canonical_quads, dataset_hash, graph_hashes
from iprgraph.rdf.syntax import SYNTAXES
from iprgraph.reasoning.inference import infer
from iprgraph.release import sssom, void
from iprgraph.release.dumps import DumpFile, checksums, dumps, sha256, turtle_parts, with_gzip
from iprgraph.release.release import DEFAULT_OUT, Release
from iprgraph.release.sign import sign, signature_files
from iprgraph.release.verify import verify
from iprgraph.search import build as search_index
from iprgraph.shacl.validator import validate

#: Seconds after which an unfinished release counts as left behind by a builder that was killed.
_ABANDONED = 86_400

Progress = Callable[[str], None]


def build(
    content: Content,
    out: Path | str = DEFAULT_OUT,
    progress: Progress | None = None,
    key: SecretKey | None = None,
) -> Release:
    """Build a release in a folder of releases, make it the current one, and return it.

    The release appears whole or not at all. One that exists already is not written again. With a
    key, the release is signed in both cases. Raises DataError when the content does not parse,
    contradicts its ontology or violates its shapes; the folder then stays as it was.
    """
    say = progress or (lambda _: None)
    out = Path(out)
    files = content.files()
    say(f"parsing {len(files)} files")
    loaded = load(content)
    dataset = DatasetDescription(loaded.quads)
    context = jsonld.read_context(content.context)
    say(f"inferring from {len(loaded.quads):,} triples")
    inferred = infer(loaded.statements)
    quads = canonical_quads([*loaded.quads, *inferred])
    hash_ = dataset_hash(quads)
    target = out / f"{dataset.version}-{hash_[:12]}"
    if target.exists():
        return _existing(target, key)
    say(f"validating {len(loaded.statements) + len(inferred):,} triples")
    report = validate([*loaded.statements, *inferred], loaded.shapes, loaded.shape_files)
    if report.violations:
        raise ShapesViolated(len(report.violations), report.text())
    out.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(out)
    work = Path(tempfile.mkdtemp(prefix=".build-", dir=out))
    try:
        say("writing dumps")
        turtle = SYNTAXES["turtle"].media_type
        entries = _write(work, [*dumps(quads, context), *turtle_parts(quads)])
        entries |= _write(work, [DumpFile("report.ttl", report.turtle(), turtle)])
        context_file = DumpFile(
            "context.jsonld", content.context.read_bytes(), "application/ld+json"
        )
        entries |= _write(work, [context_file])
        say("indexing names")
        index = DumpFile(search_index.NAME, search_index.content(quads), search_index.MEDIA_TYPE)
        entries |= _write(work, [index])
        claims = nanopublication.write(nanopublication.nanopubs(quads))
        entries |= _write(
            work, with_gzip(DumpFile(nanopublication.FILE, claims, SYNTAXES["trig"].media_type))
        )
        say("describing")
        entries |= _write(work, sssom.files(quads))
        entries |= _write(work, [DumpFile("void.ttl", void.void(quads, entries), turtle)])
        search = DumpFile("dataset.jsonld", void.schema_org(quads, entries), "application/ld+json")
        entries |= _write(work, [search])
        graphs = graph_hashes(quads)
        manifest = {
            "id": target.name,
            "version": dataset.version,
            "issued": dataset.issued,
            "title": dataset.title,
            "dataset": dataset.node.value,
            "creators": sorted(node.value for node in dataset.objects(DCTERMS.creator)),
            "dataset_hash": hash_,
            "counts": {
                "claims": sum(name.startswith(CLAIMS) for name in graphs),
                "asserted": len(quads) - len(inferred),
                "inferred": len(inferred),
                "quads": len(quads),
                "graphs": len(graphs),
                "violations": len(report.violations),
                "warnings": len(report.warnings),
                "infos": len(report.infos),
            },
            "graphs": {name: {"hash": h, "triples": n} for name, (h, n) in graphs.items()},
            "files": dict(sorted(entries.items())),
        }
        listed = json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n"
        _write(work, [DumpFile("manifest.json", listed, "application/json")])
        sums = checksums({name: file["sha256"] for name, file in entries.items()}, listed)
        _write(work, [DumpFile("SHA256SUMS", sums, "text/plain")])
        if key:
            _write(work, signature_files(manifest, sums, key))
        work.chmod(0o755)
        return _publish(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _existing(target: Path, key: SecretKey | None) -> Release:
    """Return the release that exists already, after verifying it."""
    problems = verify(target).problems
    if problems:
        raise ReleaseError(
            f"{target} is there already, but is not what it was: {'; '.join(problems)}. "
            "Remove the folder and build again."
        )
    if key:
        sign(Release(target), key)
    _make_current(target)
    release = Release(target.resolve())
    release.existed = True
    return release


def _write(folder: Path, files: Iterable[DumpFile]) -> dict[str, dict[str, Any]]:
    """Write files, flushed to the disk, and return their entries of the manifest."""
    entries = {}
    for file in files:
        with (folder / file.name).open("wb") as stream:
            stream.write(file.content)
            stream.flush()
            os.fsync(stream.fileno())
        entries[file.name] = {
            "bytes": len(file.content),
            "sha256": sha256(file.content),
            "media_type": file.media_type,
        }
    return entries


def _publish(work: Path, target: Path) -> Release:
    """Rename a finished folder in one step, point `current` at it, and return the release."""
    _flush(work)
    existed = False
    try:
        work.rename(target)
    except OSError:
        if not (target / "manifest.json").is_file():
            raise
        existed = True  # another process has built the same content meanwhile
    _make_current(target)
    release = Release(target.resolve())
    release.existed = existed
    return release


def _make_current(target: Path) -> None:
    link = target.parent / f".current-{os.getpid()}-{time.monotonic_ns()}"
    link.symlink_to(target.name)
    link.replace(target.parent / "current")
    _flush(target.parent)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_abandoned(out: Path) -> None:
    """Remove the folders of builders that were killed."""
    for folder in out.glob(".build-*"):
        if time.time() - folder.stat().st_mtime > _ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)
