"""The graph that a fork server holds: its store, its inferred triples, and the validator of writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pyoxigraph as ox

from iprgraph.errors import DataError
from iprgraph.namespaces import INFERRED, SHAPES
from iprgraph.reasoning.axioms import is_axiom
from iprgraph.reasoning.incremental import Reasoner
from iprgraph.reasoning.proofs import Prover
from iprgraph.store.changes import Change, parse_quads, written
from iprgraph.store.engine import Engine
from iprgraph_server.i18n.catalogue import catalogue
from iprgraph_server.workers.document_validation import DocumentValidator
from iprgraph_server.workers.write_validation import WriteValidator

#: Makes the validator of writes to a store, given its reasoner.
MakeWriteValidator = Callable[[Reasoner | None, ox.Store], WriteValidator]


class ResidentGraph:
    """An engine in memory with its reasoner, prover and validators, which follow its axioms and shapes."""

    def __init__(
        self, engine: Engine, make_validator: MakeWriteValidator | None, file: Path
    ) -> None:
        """Take the file that the engine was loaded from, where literals are as they were written."""
        self.engine = engine
        self._file = file
        self._make_validator = make_validator
        self.validator: WriteValidator | None = None
        self.prover: Prover | None = None
        self._reasoner: Reasoner | None = None
        #: A graph of which nothing has been inferred is not reasoned over.
        self._reasons = engine.store.contains_named_graph(INFERRED)
        # Read before workers are forked, for they open no files.
        catalogue()
        self._learn()

    def make(self, change: Change, inferred: Change) -> None:
        """Make a change that was validated."""
        self._apply(change)
        self._apply(inferred)
        if _is_about_rules(change):
            self._learn()

    def replay(self, changes: Iterable[Change]) -> int:
        """Make changes that were validated before, and infer what follows now; return their number."""
        made = list(changes)
        for change in made:
            self._apply(change)
        if made and self._reasoner:
            removed = [quad for change in made for quad in parse_quads(change.removed)]
            added = [quad for change in made for quad in parse_quads(change.added)]
            store = self.engine.store
            left, entered = self._reasoner.update_inferred(
                store,
                [quad for quad in removed if quad not in store],
                [quad for quad in added if quad in store],
            )
            self._follow_merge(Change(written(left), written(entered)))
        if any(map(_is_about_rules, made)):
            self._learn()
        return len(made)

    def _learn(self) -> None:
        """Read the axioms and shapes."""
        store = self.engine.store
        try:
            schema = Reasoner.schema_of(store)
        except DataError:
            # They go beyond the rules: nothing is inferred or proved.
            self._reasoner = self.prover = None
        else:
            self._reasoner = Reasoner(schema) if self._reasons else None
            self.prover = Prover(schema)
        if self._make_validator:
            self.validator = self._make_validator(self._reasoner, store)
        self.documents = DocumentValidator(self._file, self._reasoner, self.validator)

    def _apply(self, change: Change) -> None:
        change.apply(self.engine.store)
        self._follow_merge(change)

    def _follow_merge(self, change: Change) -> None:
        if self.engine.merge:
            self.engine.merge.follow(parse_quads(change.removed), parse_quads(change.added))


def _is_about_rules(change: Change) -> bool:
    return any(
        quad.graph_name == SHAPES or is_axiom(quad.subject, quad.predicate, quad.object)
        for quads in (change.removed, change.added)
        for quad in parse_quads(quads)
    )
