"""Change a query or an update where the engine lacks something or is at fault.

All functions take the tree of a text that ``guard.inspect`` has let pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyoxigraph import NamedNode

from iprgraph.errors import QueryRefused, Text
from iprgraph.sparql.nodes import Element, Token
from iprgraph.sparql.tree import Edits, Tree


def with_using(tree: Tree, graphs: Iterable[str], named_graphs: Iterable[str]) -> str:
    """Add USING and USING NAMED to every operation of an update that has a WHERE.

    The protocol forbids the parameters beside USING, USING NAMED or WITH (SPARQL 1.1 Protocol,
    2.2.3); raises QueryRefused then, and for what is no IRI.
    """
    clause = " ".join(f"USING {iri(g)}" for g in graphs)
    clause += " " + " ".join(f"USING NAMED {iri(g)}" for g in named_graphs)
    edits = Edits(tree)
    for operation in tree.find("Modify", "DeleteWhere"):
        for element in operation.children:
            if element.says("WITH") or element.kind == "UsingClause":
                line, column = tree.place(element)
                told = Text(
                    "{word} cannot stand in an update that is sent with using-graph-uri or "
                    "using-named-graph-uri; leave one of them out",
                    word="USING" if element.children else "WITH",
                )
                place = {"line": line, "column": column}
                raise QueryRefused(Text("line {line}, column {column}: {told}", **place, told=told))
            if element.says("WHERE"):
                # DELETE WHERE takes no USING: it becomes DELETE {…} USING … WHERE {…}.
                template = operation.child("QuadPattern")
                pattern = f"{tree.text_of(template)} " if template else ""
                edits.before(element, f"{pattern}{clause} ")
    return edits.text()


def selecting_described(tree: Tree) -> tuple[str, list[str]]:
    """Turn DESCRIBE into a SELECT of what it describes.

    Returns the SELECT (empty when there are no variables) and the IRIs and names that the query
    describes outright, as it writes them.
    """
    describe, *subjects = (element for element in tree.query.children if isinstance(element, Token))
    constants = [t.text for t in subjects if t.kind in {"iri", "name"}]
    chosen = " ".join(t.text for t in subjects if t.kind in {"variable", "mark"})
    if not chosen:
        return "", constants
    rest = tree.text[subjects[-1].end :]
    return f"{tree.text[: describe.start]}SELECT DISTINCT {chosen}{rest}", constants


def with_columns(tree: Tree, names: Sequence[str]) -> str | None:
    """Write out SELECT * with its variables in the order in which the query names them.

    ``names`` are the variables that * stands for; None when the query has no such star, or when
    they are in this order already.
    """
    clause = tree.query.child("SelectClause")
    star = clause.child("mark") if clause else None
    if star is None:
        return None
    seen = dict.fromkeys(token.text[1:] for token in tree.tokens if token.kind == "variable")
    order = [name for name in seen if name in names]
    if order == list(names) or len(order) != len(names):
        return None
    edits = Edits(tree)
    edits.replace(star, f" {' '.join(f'?{name}' for name in order)} ")
    return edits.text()


def with_aliases_expanded(tree: Tree) -> str | None:
    """Put ``(expression)`` for each ?alias that a later item of the first SELECT uses.

    The engine takes no alias of an aggregate in a later item (oxigraph#1789). None when there is
    nothing to expand.
    """
    clause = next(tree.find("SelectClause"), None)
    aliases: dict[str, str] = {}
    edits = Edits(tree)
    for column in clause.children if clause else ():
        if column.kind == "SelectExpression":
            opened, expression, as_, alias, _ = column.children
            for variable in expression.find("variable"):
                if variable.text[1:] in aliases and not _is_given(variable):
                    edits.replace(variable, aliases[variable.text[1:]])
            aliases[alias.text[1:]] = f"({edits.within(opened.end, as_.start)})"
    return edits.text() if edits else None


def _is_given(variable: Element) -> bool:
    """Check whether a variable stands after AS."""
    assert variable.parent
    siblings = variable.parent.children
    return siblings[siblings.index(variable) - 1].says("AS")


def variables(element: Element) -> dict[str, None]:
    """Return the variables of an element in order, without their mark."""
    return dict.fromkeys(variable.text[1:] for variable in element.find("variable"))


def iri(text: str) -> str:
    """Write an IRI in angle brackets; raises QueryRefused for what is none."""
    try:
        return str(NamedNode(text))
    except ValueError:
        raise QueryRefused(Text("{value} is not an absolute IRI", value=repr(text))) from None
