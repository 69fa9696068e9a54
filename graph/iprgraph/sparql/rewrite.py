"""Change a query or an update token by token, where the engine lacks something or is at fault.

All functions take text that ``sparql.inspect`` has let pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyoxigraph import NamedNode

from iprgraph.errors import QueryRefused
from iprgraph.sparql.tokens import Token, edit, place, tokenize, unescaped

_ITEM_ENDS = ("WHERE", "FROM")


def with_using(text: str, graphs: Iterable[str], named_graphs: Iterable[str]) -> str:
    """Add USING and USING NAMED to every operation of an update that has a WHERE.

    The protocol forbids the parameters beside USING, USING NAMED or WITH (SPARQL 1.1 Protocol,
    2.2.3); raises QueryRefused then, and for what is no IRI.
    """
    clause = " ".join(f"USING {iri(g)}" for g in graphs)
    clause += " " + " ".join(f"USING NAMED {iri(g)}" for g in named_graphs)
    edits = []
    tokens = tokenize(text)
    for i, token, outside in _outside_braces(tokens):
        if not outside:
            continue
        if token.says("USING", "WITH"):
            line, column = place(text, token.start)
            raise QueryRefused(
                f"line {line}, column {column}: {token.text.upper()} cannot stand in an update that is "
                "sent with using-graph-uri or using-named-graph-uri; leave one of them out"
            )
        if not token.says("WHERE"):
            continue
        if tokens[i - 1].says("DELETE"):
            # DELETE WHERE takes no USING: it becomes DELETE {…} USING … WHERE {…}.
            ends = (
                t.end for j, t, out in _outside_braces(tokens) if j > i and out and t.text == "}"
            )
            pattern = text[token.end : next(ends, len(text))]
            edits.append((token.start, token.start, f"{pattern} {clause} "))
        else:
            edits.append((token.start, token.start, f"{clause} "))
    return edit(text, edits)


def selecting_described(text: str) -> tuple[str, list[str]]:
    """Turn DESCRIBE into a SELECT of what it describes.

    Returns the SELECT (empty when there are no variables) and the IRIs and names that the query
    describes outright, as it writes them.
    """
    tokens = tokenize(text)
    start = next(i for i, t in enumerate(tokens) if t.says("DESCRIBE"))
    end = start + 1
    while end < len(tokens) and (
        tokens[end].kind in {"iri", "name", "variable"} or tokens[end].text == "*"
    ):
        end += 1
    subjects = tokens[start + 1 : end]
    constants = [t.text for t in subjects if t.kind in {"iri", "name"}]
    chosen = " ".join(t.text for t in subjects if t.kind == "variable" or t.text == "*")
    if not chosen:
        return "", constants
    after = subjects[-1].end
    return f"{text[: tokens[start].start]}SELECT DISTINCT {chosen}{text[after:]}", constants


def prologue_of(text: str) -> str:
    """Return the BASE and PREFIX declarations that a query begins with."""
    first = next(
        (t for t in tokenize(text) if t.says("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")), None
    )
    return text[: first.start] if first else ""


def with_columns(text: str, names: Sequence[str]) -> str | None:
    """Write out SELECT * with its variables in the order in which the query names them.

    ``names`` are the variables that * stands for; None when the query has no such star, or when
    they are in this order already.
    """
    tokens = tokenize(text)
    start = next((i for i, t in enumerate(tokens) if t.says("SELECT")), len(tokens))
    star = start + 1
    if star < len(tokens) and tokens[star].says("DISTINCT", "REDUCED"):
        star += 1
    if star >= len(tokens) or tokens[star].text != "*":
        return None
    seen = dict.fromkeys(t.text[1:] for t in tokens[star:] if t.kind == "variable")
    order = [name for name in seen if name in names]
    if order == list(names) or len(order) != len(names):
        return None
    columns = " ".join(f"?{name}" for name in order)
    return edit(text, [(tokens[star].start, tokens[star].end, f" {columns} ")])


def with_aliases_expanded(text: str) -> str | None:
    """Put ``(expression)`` for each ?alias that a later item of the first SELECT uses.

    The engine takes no alias of an aggregate in a later item (oxigraph#1789). None when there is
    nothing to expand.
    """
    tokens = tokenize(text)
    start = next((i for i, t in enumerate(tokens) if t.says("SELECT")), len(tokens))
    aliases: dict[str, str] = {}
    edits: list[tuple[int, int, str]] = []
    depth, opened = 0, 0
    item: list[tuple[int, int, str]] = []
    for i, token in enumerate(tokens[start + 1 :], start + 1):
        if depth == 0 and (token.text == "{" or token.says(*_ITEM_ENDS)):
            break
        if token.text == "(":
            if depth == 0:
                opened, item = token.end, []
            depth += 1
        elif token.text == ")":
            depth -= 1
            if depth == 0 and tokens[i - 2].says("AS") and tokens[i - 1].kind == "variable":
                shifted = [(s - opened, e - opened, r) for s, e, r in item]
                expression = edit(text[opened : tokens[i - 2].start], shifted)
                aliases[tokens[i - 1].text[1:]] = f"({expression})"
                edits += item
        elif (
            depth
            and token.kind == "variable"
            and token.text[1:] in aliases
            and not tokens[i - 1].says("AS")
        ):
            item.append((token.start, token.end, aliases[token.text[1:]]))
    return edit(text, edits) if edits else None


def iri(text: str) -> str:
    """Write an IRI in angle brackets; raises QueryRefused for what is none."""
    try:
        return str(NamedNode(text))
    except ValueError:
        raise QueryRefused(f"{text!r} is not an absolute IRI") from None


def _outside_braces(tokens: list[Token]) -> Iterable[tuple[int, Token, bool]]:
    """Give index and token, and whether it stands outside all braces (a last } counts as outside)."""
    depth = 0
    for i, token in enumerate(tokens):
        depth -= token.text == "}"
        yield i, token, depth == 0
        depth += token.text == "{"


def resolve(token: Token, prefixes: dict[str, str]) -> NamedNode | None:
    """Write out an IRI or a name; None when it cannot be done without a base."""
    if token.kind == "iri":
        text = unescaped(token.text[1:-1])
    else:
        prefix, _, local = token.text.partition(":")
        text = prefixes.get(prefix, "") + local.replace("\\", "")
    try:
        return NamedNode(text)
    except ValueError:
        return None
