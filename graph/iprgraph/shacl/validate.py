"""Validation: what the shapes say about the data, as a report that is always the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from iprgraph.shacl import Data, Validator, Written
from iprgraph.shacl.report import Report, Result

__all__ = ["Report", "Result", "validate"]


def validate(
    data: Iterable[ox.Quad],
    shapes: Iterable[ox.Quad],
    shape_files: Mapping[str, str] | None = None,
) -> Report:
    """Validate the union of all graphs in data against shapes; nothing is inferred here.

    SHACL Core and SHACL-SPARQL. shape_files tells where each named shape is written. Raises
    DataError when a shape is malformed.
    """
    validator = Validator(shapes, shape_files)
    store = ox.Store()
    written = Written()
    store.bulk_extend(written.quads(data))
    return validator.whole(Data(store, escaped=written.predicates))
