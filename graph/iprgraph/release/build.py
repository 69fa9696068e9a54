"""Building: content to release, whole or not at all, and always the same bytes."""

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
from iprgraph.release.dumps import DumpFile, checksums, dumps, parts, sha256, with_twin
from iprgraph.release.release import DEFAULT_OUT, Release
from iprgraph.release.sign import sign, signature_files
from iprgraph.release.verify import verify
from iprgraph.search import build as search_index
from iprgraph.shacl.validator import validate

#: Seconds after which a half-made release is taken for one that its builder left behind.
_ABANDONED = 86_400

Progress = Callable[[str], None]


def build(
    content: Content,
    out: Path | str = DEFAULT_OUT,
    progress: Progress | None = None,
    key: SecretKey | None = None,
) -> Release:
    """Build the release of a content in a folder of releases, and make it the current one.

    With a key it is signed, also when it is there already.

    It appears whole or not at all, and is left alone when it is there already. Raises DataError
    when the content does not parse, contradicts its ontology or violates its shapes; the releases
    in the folder then stay as they are.
    """
    say = progress or _silent
    out = Path(out)
    files = content.files()
    say(f"parsing {len(files)} files")
    loaded = load(content)
    dataset = DatasetDescription(loaded.quads)
    context = jsonld.read_context(content.context)
    say(f"inferring from {len(loaded.quads):,} triples")
    inferred = infer(loaded.statements)
    quads = canonical_quads([*loaded.quads, *inferred])
    whole = dataset_hash(quads)
    target = out / f"{dataset.version}-{whole[:12]}"
    if target.exists():
        return _existing(target, key)
    say(f"validating {len(loaded.statements) + len(inferred):,} triples")
    report = validate([*loaded.statements, *inferred], loaded.shapes, loaded.shape_files)
    if report.violations:
        raise ShapesViolated(report)
    out.mkdir(parents=True, exist_ok=True)
    _sweep(out)
    work = Path(tempfile.mkdtemp(prefix=".build-", dir=out))
    try:
        say("writing dumps")
        turtle = SYNTAXES["turtle"].media_type
        made = _write(work, [*dumps(quads, context), *parts(quads)])
        made |= _write(work, [DumpFile("report.ttl", report.turtle(), turtle)])
        context_file = DumpFile(
            "context.jsonld", content.context.read_bytes(), "application/ld+json"
        )
        made |= _write(work, [context_file])
        say("indexing names")
        index = DumpFile(search_index.NAME, search_index.content(quads), search_index.MEDIA_TYPE)
        made |= _write(work, [index])
        claims = nanopublication.write(nanopublication.nanopubs(quads))
        made |= _write(
            work, with_twin(DumpFile(nanopublication.FILE, claims, SYNTAXES["trig"].media_type))
        )
        say("describing")
        made |= _write(work, sssom.files(quads))
        made |= _write(work, [DumpFile("void.ttl", void.void(quads, made), turtle)])
        search = DumpFile("dataset.jsonld", void.schema_org(quads, made), "application/ld+json")
        made |= _write(work, [search])
        graphs = graph_hashes(quads)
        manifest = {
            "id": target.name,
            "version": dataset.version,
            "issued": dataset.issued,
            "title": dataset.title,
            "dataset": dataset.node.value,
            "creators": sorted(node.value for node in dataset.objects(DCTERMS.creator)),
            "dataset_hash": whole,
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
            "files": dict(sorted(made.items())),
        }
        listed = json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n"
        _write(work, [DumpFile("manifest.json", listed, "application/json")])
        sums = checksums({name: file["sha256"] for name, file in made.items()}, listed)
        _write(work, [DumpFile("SHA256SUMS", sums, "text/plain")])
        if key:
            _write(work, signature_files(manifest, sums, key))
        work.chmod(0o755)
        return _publish(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _silent(step: str) -> None:
    """Tell no one of a step."""


def _existing(target: Path, key: SecretKey | None) -> Release:
    """Return the release that is there already, after checking that it is whole."""
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
    """Write files to the disk for good, and describe them as the manifest does."""
    made = {}
    for file in files:
        with (folder / file.name).open("wb") as stream:
            stream.write(file.content)
            stream.flush()
            os.fsync(stream.fileno())
        made[file.name] = {
            "bytes": len(file.content),
            "sha256": sha256(file.content),
            "media_type": file.media_type,
        }
    return made


def _publish(work: Path, target: Path) -> Release:
    """Give a finished folder its name in one step, and point `current` at it."""
    _sync(work)
    existed = False
    try:
        work.rename(target)
    except OSError:
        if not (target / "manifest.json").is_file():
            raise
        existed = True  # another builder of the same content was faster
    _make_current(target)
    release = Release(target.resolve())
    release.existed = existed
    return release


def _make_current(target: Path) -> None:
    link = target.parent / f".current-{os.getpid()}-{time.monotonic_ns()}"
    link.symlink_to(target.name)
    link.replace(target.parent / "current")
    _sync(target.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(out: Path) -> None:
    """Remove what builders that were killed have left behind."""
    for folder in out.glob(".build-*"):
        if time.time() - folder.stat().st_mtime > _ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)
