"""What was decided of proposed links, the noes too: a table that only grows, in the columns of SSSOM.

https://mapping-commons.github.io/sssom/
"""

from __future__ import annotations

import csv
import os
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from iprgraph import __version__
from iprgraph.errors import DataError, UsageError
from iprgraph.linking.scoring import Pair
from iprgraph.namespaces import PREFIXES, to_curie, to_iri

COLUMNS = (
    "subject_id", "subject_label", "predicate_id", "predicate_modifier", "object_id",
    "object_label", "mapping_justification", "author_label", "mapping_date", "confidence",
    "mapping_tool", "comment",
)  # fmt: skip
_HEAD = """\
#mapping_set_id: https://w3id.org/iprgraph/decisions
#license: https://creativecommons.org/licenses/by/4.0/
#curie_map:
"""
_BY_HAND, _BY_SCORE = "semapv:ManualMappingCuration", "semapv:LexicalMatching"


class Decisions:
    """Decisions in a file; raises DataError where it cannot be read as such."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: set[tuple[str, str]] = set()
        if not path.is_file():
            return
        try:
            lines = [
                line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")
            ]
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"cannot read {path}: {error}") from error
        rows = csv.DictReader(lines, delimiter="\t")
        if lines and not {"subject_id", "object_id"} <= set(rows.fieldnames or ()):
            raise DataError(f"{path} has no columns subject_id and object_id: it is no SSSOM table")
        self._known = {(to_iri(row["subject_id"]), to_iri(row["object_id"])) for row in rows}

    def has(self, ours: str, theirs: str) -> bool:
        """Check whether a pair was decided, one way or the other."""
        return (ours, theirs) in self._known

    def record(self, pair: Pair, *, is_same: bool, by: str, by_hand: bool) -> None:
        """Append a decision to the file, durably."""
        row = (
            to_curie(pair.ours.iri), pair.ours.name, "skos:exactMatch", "" if is_same else "Not",
            to_curie(pair.theirs.iri), pair.theirs.name, _BY_HAND if by_hand else _BY_SCORE, by,
            date.today().isoformat(), f"{pair.score:.3f}", f"iprgraph {__version__}", pair.why,
        )  # fmt: skip
        try:
            is_new = not self._path.exists() or self._path.stat().st_size == 0
            with self._path.open("a", encoding="utf-8", newline="") as stream:
                if is_new:
                    used = "".join(f"#  {name}: {iri}\n" for name, iri in sorted(PREFIXES.items()))
                    stream.write(_HEAD + used)
                    _writer(stream).writerow(COLUMNS)
                _writer(stream).writerow(" ".join(cell.split()) for cell in row)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise UsageError(f"cannot write {self._path}: {error.strerror}") from error
        self._known.add((pair.ours.iri, pair.theirs.iri))


def _writer(stream: TextIO) -> Any:
    return csv.writer(stream, delimiter="\t", lineterminator="\n")
