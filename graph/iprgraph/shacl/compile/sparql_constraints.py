"""SHACL-SPARQL constraints: whether a query can find all focus nodes at once, and what it reads.

The query of a constraint is written for one focus node, with $this bound. Without the binding it
finds the same results if its own patterns bind $this wherever it is used. What it reads for one focus
node is found by following its triple patterns from $this.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import rdflib
from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath
from rdflib.paths import Path as RdflibPath
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node, Variable

from iprgraph.shacl.compile import value_tests
from iprgraph.shacl.compile.data import parsed_query
from iprgraph.shacl.compile.paths import (
    NotCompiled,
    Path,
    PathStep,
    Read,
    alternatives,
    repeated,
    sequence,
)

THIS = Variable("this")

_Triple = tuple[Node, Any, Node]

#: Functions whose result does not depend on the graph alone, or differs between engines.
_UNSUPPORTED = {
    "Function",
    "Builtin_NOW",
    "Builtin_RAND",
    "Builtin_UUID",
    "Builtin_STRUUID",
    "Builtin_BNODE",
    "Builtin_REGEX",
    "Builtin_REPLACE",
}
_WRAPPERS = {"SelectQuery", "Project", "Distinct", "Reduced", "OrderBy"}


def read_query(text: str) -> CompValue:
    """Return the pattern of a query; raises NotCompiled where it cannot find all focus nodes."""
    try:
        algebra: CompValue = parsed_query(text).algebra
    except Exception as error:  # pySHACL will raise it again when it validates
        raise NotCompiled(f"its query does not parse: {error}") from None
    if algebra.name != "SelectQuery" or THIS not in (algebra.PV or ()):
        raise NotCompiled("its query does not select $this")
    pattern = algebra
    while pattern.name in _WRAPPERS:
        pattern = pattern.p
    _check_pattern(pattern)
    if not _binds(pattern):
        raise NotCompiled("its query does not bind $this by itself")
    return pattern


def _check_pattern(p: CompValue, *, is_bound: bool = False) -> None:
    """Raise NotCompiled for parts that need $this to be bound beforehand."""
    match p.name:
        case "BGP":
            return
        case "Join" | "Union":
            _check_pattern(p.p1, is_bound=is_bound)
            _check_pattern(p.p2, is_bound=is_bound)
        case "LeftJoin":
            _check_pattern(p.p1, is_bound=is_bound)
            _check_pattern(p.p2, is_bound=is_bound)
            _check_expression(p.expr, is_bound or _binds(p.p1) or _binds(p.p2))
        case "Filter" | "Extend":
            _check_pattern(p.p, is_bound=is_bound)
            _check_expression(p.expr, is_bound or _binds(p.p))
        case _:
            raise NotCompiled(f"its query has a part ({p.name}) that needs $this to be given")


def _check_expression(expression: Any, is_bound: bool) -> None:
    for part in _parts(expression):
        if isinstance(part, CompValue):
            if part.name in _UNSUPPORTED:
                raise NotCompiled(f"its query calls {part.name.removeprefix('Builtin_')}")
            if part.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
                _check_pattern(part.graph, is_bound=True)
        elif part == THIS and not is_bound:
            raise NotCompiled("its query uses $this where it does not bind it")


def _parts(expression: Any) -> Iterator[Any]:
    """Yield the parts of an expression, without those of patterns within it."""
    yield expression
    if isinstance(expression, CompValue):
        if expression.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            return
        for key, value in expression.items():
            if key != "_vars":
                yield from _parts(value)
    elif isinstance(expression, list | tuple):
        for item in expression:
            yield from _parts(item)


def _binds(p: CompValue) -> bool:
    """Check whether every solution of a pattern binds $this."""
    match p.name:
        case "BGP":
            return any(THIS in triple for triple in p.triples)
        case "Join":
            return _binds(p.p1) or _binds(p.p2)
        case "LeftJoin":
            return _binds(p.p1)
        case "Union":
            return _binds(p.p1) and _binds(p.p2)
    return _binds(p.p)


def reads(pattern: CompValue) -> list[Read]:
    """Return what a query reads for a focus node; raises NotCompiled where that is not known."""
    return [read for triple, others in _visit(pattern, []) for read in _reads(triple, others)]


def _visit(p: CompValue, outer: list[_Triple]) -> Iterator[tuple[_Triple, list[_Triple]]]:
    """Yield all triple patterns, each with those that hold wherever it is matched."""
    match p.name:
        case "BGP":
            for triple in p.triples:
                yield triple, [*outer, *(t for t in p.triples if t is not triple)]
        case "Join":
            yield from _visit(p.p1, [*outer, *_required(p.p2)])
            yield from _visit(p.p2, [*outer, *_required(p.p1)])
        case "Union":
            yield from _visit(p.p1, outer)
            yield from _visit(p.p2, outer)
        case "LeftJoin":
            yield from _visit(p.p1, outer)
            yield from _visit(p.p2, [*outer, *_required(p.p1)])
            yield from _visit_within(p.expr, [*outer, *_required(p.p1), *_required(p.p2)])
        case _:
            yield from _visit(p.p, outer)
            yield from _visit_within(p.expr, [*outer, *_required(p.p)])


def _visit_within(expression: Any, outer: list[_Triple]) -> Iterator[tuple[_Triple, list[_Triple]]]:
    for part in _parts(expression):
        if isinstance(part, CompValue) and part.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            yield from _visit(part.graph, outer)


def _required(p: CompValue) -> list[_Triple]:
    """Return the triple patterns that hold in every solution of a pattern."""
    match p.name:
        case "BGP":
            return list(p.triples)
        case "Join":
            return [*_required(p.p1), *_required(p.p2)]
        case "LeftJoin":
            return _required(p.p1)
        case "Union":
            return []
    return _required(p.p)


def _reads(triple: _Triple, others: list[_Triple]) -> Iterator[Read]:
    """Yield the reads of a triple pattern, each with the patterns that lead there from $this."""
    s, p, o = triple
    routes = _routes(others)
    if s in routes:
        start, end, backwards = s, o, False
    elif o in routes:
        start, end, backwards = o, s, True
    else:
        raise NotCompiled("its query has a pattern that is not joined to $this")
    chain = " ".join(routes[start])
    if isinstance(p, Variable | rdflib.URIRef):
        predicate = str(p) if isinstance(p, rdflib.URIRef) else None
        other = None if isinstance(end, Variable | rdflib.BNode) else value_tests.term_of(end)
        yield Read(chain, _variable_name(start), predicate, backwards, None, other)
        return
    path = _path(p if not backwards else InvPath(p))
    for step in path.steps:
        if step.before:
            leads = f"{chain} {_term_text(start)} {step.before} ?node ."
            yield Read(leads, "node", str(step.predicate), step.inverse)
        else:
            yield Read(chain, _variable_name(start), str(step.predicate), step.inverse)


def _routes(triples: list[_Triple]) -> dict[Node, list[str]]:
    """Return, for each node that is joined to $this, the patterns that lead there."""
    routes: dict[Node, list[str]] = {THIS: []}
    level: list[Node] = [THIS]
    while level:
        ahead: list[Node] = []
        for here in level:
            for s, p, o in triples:
                for a, b in ((s, o), (o, s)):
                    if a == here and isinstance(b, Variable | rdflib.BNode) and b not in routes:
                        routes[b] = [
                            *routes[here],
                            f"{_term_text(s)} {_predicate_text(p)} {_term_text(o)} .",
                        ]
                        ahead.append(b)
        level = ahead
    return routes


def _variable_name(node: Node) -> str:
    return _term_text(node).removeprefix("?")


def _term_text(node: Node) -> str:
    if isinstance(node, rdflib.BNode):
        return f"?b_{node}"
    return f"?{node}" if isinstance(node, Variable) else value_tests.term(node)


def _predicate_text(p: Any) -> str:
    return _path(p).text if isinstance(p, RdflibPath) else _term_text(p)


def _path(p: Any) -> Path:
    """Return the path for rdflib's form of it."""
    if isinstance(p, rdflib.URIRef):
        return Path(f"<{p}>", False, (PathStep("", p, False),))
    if isinstance(p, InvPath):
        return _inverse(p.arg)
    if isinstance(p, SequencePath):
        return sequence([_path(part) for part in p.args])
    if isinstance(p, AlternativePath):
        return alternatives([_path(part) for part in p.args])
    if isinstance(p, MulPath):
        return repeated(_path(p.path), p.mod)
    raise NotCompiled("its query has a negated path")


def _inverse(p: Any) -> Path:
    if isinstance(p, rdflib.URIRef):
        return Path(f"^<{p}>", False, (PathStep("", p, True),))
    if isinstance(p, InvPath):
        return _path(p.arg)
    if isinstance(p, SequencePath):
        return sequence([_inverse(part) for part in reversed(p.args)])
    if isinstance(p, AlternativePath):
        return _path(AlternativePath(*(InvPath(part) for part in p.args)))
    if isinstance(p, MulPath):
        return _path(MulPath(InvPath(p.path), p.mod))
    raise NotCompiled("its query has a negated path")
