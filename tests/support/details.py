"""Read from the source what errors say: each text as a pattern, `{}` standing for a value."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path


def patterns(node: ast.expr) -> list[str]:
    """Return the texts that an expression can make; none where it is not written out."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            options = [
                [str(part.value)] if isinstance(part, ast.Constant) else _filled(part)
                for part in parts
            ]
            return ["".join(chosen) for chosen in product(*options)]
        case ast.IfExp(body=one, orelse=other):
            return patterns(one) + patterns(other)
        case ast.BoolOp(values=values):
            return [text for value in values for text in patterns(value)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [one + other for one, other in product(patterns(left), patterns(right))]
    return []


def _filled(part: ast.expr) -> list[str]:
    """Write out a choice between texts within a text."""
    assert isinstance(part, ast.FormattedValue)
    return patterns(part.value) if isinstance(part.value, ast.IfExp) else ["{}"]


def raised(tree: ast.AST, names: frozenset[str]) -> Iterator[tuple[ast.expr, list[str]]]:
    """Return what the calls of errors by these names are given first, and the texts it can be."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in names:
                yield node.args[0], patterns(node.args[0])


def texts(folder: Path) -> set[str]:
    """Return every text in the source of a folder."""
    found: set[str] = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.expr):
                found.update(patterns(node))
    return found
