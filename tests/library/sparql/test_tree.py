"""The syntax tree of a query: it holds the whole text, is made in linear time, and can be edited."""

from __future__ import annotations

import doctest
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import iprgraph.sparql
from iprgraph.errors import QueryRefused, QuerySyntaxError
from iprgraph.sparql import parser
from iprgraph.sparql.guard import inspect
from iprgraph.sparql.nodes import Element, Node, Token
from iprgraph.sparql.parser import OutsideGrammar, build
from iprgraph.sparql.tokens import tokenize
from iprgraph.sparql.tree import Edits, Tree, parse
from support.paths import QUESTIONS, W3C


def check(tree: Tree) -> None:
    """Check that all tokens are in the tree, in order, and that only spaces and comments are not."""
    assert [p for p in tree.root.walk() if isinstance(p, Token)] == tree.tokens
    rest = " ".join(
        tree.text[end:start]
        for end, start in zip(
            [0, *(t.end for t in tree.tokens)],
            [*(t.start for t in tree.tokens), len(tree.text)],
            strict=True,
        )
    )
    assert tokenize(rest) == []
    for element in tree.root.walk():
        assert element.children or isinstance(element, Token) or not tree.tokens
        assert all(child.parent is element for child in element.children)
    assert Edits(tree).text() == tree.text


def test_a_tree_holds_the_whole_text_of_each_question() -> None:
    files = sorted(QUESTIONS.glob("*.rq"))
    assert len(files) == 41
    for file in files:
        check(parse(file.read_text("utf-8")))


@pytest.mark.skipif(not W3C.is_dir(), reason="the W3C suites are not here")
def test_a_tree_holds_the_whole_text_of_each_query_of_the_w3c() -> None:
    checked = 0
    for file in sorted(W3C.glob("sparql1*/**/*.r[qu]")):
        text = file.read_bytes().decode("utf-8", "replace")
        try:
            tree = parse(text, update=file.suffix == ".ru")
        except QuerySyntaxError:
            continue
        check(tree)
        checked += 1
    assert checked == CHECKED


#: Queries and updates of the suites that are in the grammar.
CHECKED = 967


@pytest.mark.parametrize(
    "text",
    [
        "VERSION '1.2' SELECT * { << ?s ?p ?o ~ _:r >> ?q <<( ?s a 'x'@en--ltr )>> }",
        "SELECT * { ?s ?p ?o ~ ?r {| <a:b> ?x ; <a:c> (1 []) |} ~ {| a () |} }",
        "SELECT * { VALUES (?x) { (<<( <a:a> <a:b> -1 )>>) (UNDEF) } LATERAL { ?x ?y ?z } }",
        "SELECT (ADJUST(?x, ?y) AS ?z) { FILTER(HASLANG(?l) && ?n NOT IN (1, + 2) || !!EXISTS{}) }",
        "SELECT * { ?a ^<a:b>|!(<a:c>|^a)/(<a:d>)*/^(<a:e>)? ?c {} }",
    ],
)
def test_what_goes_beyond_sparql_1_1_is_in_the_grammar(text: str) -> None:
    check(parse(text))


def test_the_grammar_needs_one_token_to_decide() -> None:
    """No two alternatives begin with the same token, so that the parser never goes back."""
    choices = 0
    parts: list[Any] = list(parser.rules().values())
    while parts:
        operator, inner = parts.pop()
        if operator == "choice":
            choices += 1
            beginnings = [token for part in inner for token in parser.first(part)]
            assert len(beginnings) == len(set(beginnings)), inner
        if operator in {"choice", "row"}:
            parts += inner
        elif operator in {"?", "*", "+"}:
            assert "" not in parser.first(inner), inner
            parts.append(inner)
    assert choices > 40
    assert all(
        "" not in parser.first(("rule", name))
        for name in parser.rules()
        if name[0] != "_" and name != "Update"
    )


def steps(text: str) -> int:
    """Count the lines of the parser that run for a text."""
    tokens = tokenize(text)
    build(tokens)
    counted = 0

    def count(*_: object) -> Any:
        nonlocal counted
        counted += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        build(tokens)
    finally:
        sys.settrace(before)
    return counted


@pytest.mark.parametrize(
    ("start", "part", "end"),
    [
        ("ASK {", "?s ?p ?o .", "}"),
        ("ASK {", "?s ?p ?o ; a/b:c* 'x'@en, -1 .", "}"),
        ("ASK {", "{} UNION", "{} }"),
        ("ASK { FILTER(1", "+ 2 * 3", ") }"),
        ("ASK { ?s ?p ", "[ ?p ", "1" + "]" * 1_000 + "}"),
        ("ASK ", "{", "}" * 1_000),
    ],
)
def test_the_time_grows_with_the_length_only(start: str, part: str, end: str) -> None:
    few, many = (
        steps(start + part * n + end.replace("]" * 1_000, "]" * n).replace("}" * 1_000, "}" * n))
        for n in (100, 1_000)
    )
    assert 8 < many / few < 10.5


def test_no_depth_is_too_much_for_the_tree_and_the_guard_bounds_it_for_the_engine() -> None:
    deep = "ASK { FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }"
    tree = parse(deep)
    assert sum(1 for _ in tree.find("BrackettedExpression")) == 20_001
    number = next(tree.find("number"))
    assert sum(1 for _ in number.ancestors()) == 20_001 + 5
    with pytest.raises(QuerySyntaxError, match="ends too early"):
        parse(deep[:30_000])
    with pytest.raises(QueryRefused, match="nested more than 100 deep"):
        inspect(deep)


def test_every_piece_can_be_found() -> None:
    tree = parse(
        "PREFIX x: <a:> SELECT (SUM(?n) AS ?s) FROM x:g FROM NAMED <a:h> {"
        " GRAPH ?g { ?a x:p/^x:q 'v'@en } { SELECT * { VALUES ?a { 1 UNDEF } } }"
        " FILTER(x:f(?a) > -1 && NOT EXISTS { ?a a x:C }) } GROUP BY ?g ORDER BY DESC(?s) LIMIT 3"
    )
    kinds = [p.kind for p in tree.root.walk() if isinstance(p, Node)]
    assert kinds == [
        "Query", "Prologue", "PrefixDecl", "SelectQuery", "SelectClause", "SelectExpression",
        "BuiltInCall", "ExpressionList", "DatasetClause", "DatasetClause", "WhereClause",
        "GroupGraphPattern", "GraphGraphPattern", "GroupGraphPattern", "TriplesBlock",
        "TriplesSameSubject", "PropertyList", "PathSequence", "PathInverse", "ObjectList",
        "RDFLiteral", "GroupGraphPattern", "SubSelect", "SelectClause", "WhereClause",
        "GroupGraphPattern", "InlineData", "DataBlock", "Filter", "BrackettedExpression",
        "ConditionalAndExpression", "RelationalExpression", "FunctionCall", "ExpressionList",
        "UnaryExpression", "NotExistsFunc", "GroupGraphPattern", "TriplesBlock",
        "TriplesSameSubject", "PropertyList", "ObjectList", "GroupClause", "OrderClause",
        "OrderCondition", "BrackettedExpression", "LimitOffsetClauses", "LimitClause",
    ]  # fmt: skip
    assert (tree.form, tree.prologue) == ("SELECT", "PREFIX x: <a:> ")
    (call,) = tree.find("FunctionCall")
    assert tree.text_of(call) == "x:f(?a)" and tree.place(call) == (1, 145)
    assert [node.kind for node in call.ancestors()][:3] == [
        "RelationalExpression", "ConditionalAndExpression", "BrackettedExpression",
    ]  # fmt: skip
    (order,) = tree.find("OrderClause")
    assert order.child("OrderCondition") and not order.child("LimitClause")
    assert order.children[0].says("ORDER")


@pytest.mark.parametrize(
    ("update", "kinds"),
    [
        ("INSERT DATA {} ; DELETE DATA {} ; DELETE WHERE {}", "InsertData DeleteData DeleteWhere"),
        (
            "INSERT {} WHERE {} ; WITH <a:b> DELETE {} INSERT {} USING <a:c> WHERE {}",
            "Modify Modify",
        ),
        ("LOAD <a:b> ; CLEAR ALL; PREFIX : <a:> COPY :a TO :b ;", "Load Clear Prologue Copy"),
        ("", ""),
    ],
)
def test_operations_of_an_update_stand_side_by_side(update: str, kinds: str) -> None:
    tree = parse(update, update=True)
    assert tree.form == "UPDATE"
    assert [element.kind for element in tree.root.children if element.children] == kinds.split()
    assert (tree.root.start, tree.root.end) == (0, len(update))


def test_an_iri_is_resolved_by_what_is_declared_before_it() -> None:
    tree = parse(
        "BASE <http://a/b/> PREFIX x: <c#> PREFIX skos: <d/> INSERT DATA { x:1 skos:e <f> } ;"
        "BASE <../g/> PREFIX x: <http://h/> INSERT DATA { x:1 dcterms:i\\,j <k> . none:l <#m> <n:o> }",
        update=True,
    )
    resolved = [
        tree.resolve(iri) for data in tree.find("InsertData") for iri in data.find("iri", "name")
    ]
    assert [node and node.value for node in resolved] == [
        "http://a/b/c#1", "http://a/b/d/e", "http://a/b/f",
        "http://h/1", "http://purl.org/dc/terms/i,j", "http://a/g/k", None, "http://a/g/#m", "n:o",
    ]  # fmt: skip
    relative = parse("PREFIX : <#> ASK { :a <b> <> }")
    assert {relative.resolve(iri) for iri in _terms(relative)} == {None}
    based = [relative.resolve(iri, "http://x/y") for iri in _terms(relative)]
    assert [node and node.value for node in based] == ["http://x/y#a", "http://x/b", "http://x/y"]


def test_known_prefixes_that_nothing_declares_are_declared() -> None:
    tree = parse("PREFIX ipr: <a:> PREFIX x: <b:> ASK { ?s a ipr:A, skos:B, x:C, rdf:D, none:E }")
    declared = tree.missing_declarations()
    assert [line.split()[1] for line in declared.splitlines()] == ["rdf:", "skos:"]
    assert parse(declared + tree.text).missing_declarations() == ""


def _terms(tree: Tree) -> Iterator[Element]:
    (group,) = tree.find("GroupGraphPattern")
    return group.find("iri", "name")


def test_edits_change_what_they_name_and_nothing_else() -> None:
    text = "SELECT *\t{ # a comment\r\n  GRAPH ?g{ ?s ?p 1 }\n\n OPTIONAL {}}"
    tree = parse(text)
    edits = Edits(tree)
    assert not edits
    (graph,), (optional,) = tree.find("GraphGraphPattern"), tree.find("OptionalGraphPattern")
    edits.replace(optional, "MINUS {}")
    edits.after(graph, " FILTER(?g != 1)")
    edits.before(graph.children[1], "$x} GRAPH ")
    assert edits.text() == (
        "SELECT *\t{ # a comment\r\n  GRAPH $x} GRAPH ?g{ ?s ?p 1 } FILTER(?g != 1)\n\n MINUS {}}"
    )
    assert edits.within(graph.start, graph.end) == "GRAPH $x} GRAPH ?g{ ?s ?p 1 } FILTER(?g != 1)"


def test_a_text_outside_the_grammar_is_told_by_token_and_open_node() -> None:
    with pytest.raises(OutsideGrammar) as caught:
        build(tokenize("SELECT * { ?s ?p ( 1 2 } }"))
    error = caught.value
    assert (error.index, error.expected) == (8, ["a term", '")"'])
    assert error.node.kind == "Collection"


def test_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(iprgraph.sparql) == (0, 8)
