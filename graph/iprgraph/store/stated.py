"""Leave what is stated: take graph/inferred out of an engine that is not needed for more."""

from __future__ import annotations

from iprgraph.errors import QueryRefused
from iprgraph.namespaces import INFERRED
from iprgraph.store.engine import Engine


def forget_inferred(engine: Engine) -> None:
    """Take graph/inferred out of an engine's store, for good; raises QueryRefused for one on disk."""
    if engine.merge is None:
        raise QueryRefused("infer=false needs the graph in memory, and this one is read from disk")
    inferred = list(engine.store.quads_for_pattern(None, None, None, INFERRED))
    engine.store.remove_graph(INFERRED)
    engine.merge.follow(inferred, ())
