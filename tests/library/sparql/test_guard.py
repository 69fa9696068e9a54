"""What may not be run is found before it runs, in whatever disguise; what may, keeps its meaning."""

from __future__ import annotations

import random

import pyoxigraph as ox
import pytest

from iprgraph.errors import QueryRefused, QuerySyntaxError
from iprgraph.sparql.guard import form_of, inspect
from iprgraph.sparql.rewrite import (
    selecting_described,
    with_aliases_expanded,
    with_columns,
    with_using,
)
from iprgraph.sparql.tokens import place, tokenize
from iprgraph.sparql.tree import parse
from support.paths import W3C

#: The engine refuses to connect to port 9 by itself, with an OSError: a call that would have been.
WEB = "http://127.0.0.1:9/"

NAMES = (
    f"PREFIX x: <{WEB}> PREFIX : <{WEB}> PREFIX SERVICEx: <http://q/> "
    "PREFIX SERVICE: <http://q/> PREFIX SERVICESILENTx: <http://q/> "
)

#: With a namespace in which the engine takes h:SERVICE for h: and SERVICE.
PREFIXES = NAMES + "PREFIX h: <http://h:> "

#: Each makes the engine call the web, though most are not SPARQL, or say something else in it.
DISGUISES = (
    f"SELECT * {{ SERVICE <{WEB}> {{}} }}",
    f"SELECT * {{ SERVICE SILENT <{WEB}> {{}} }}",
    f"SELECT * {{ sErViCe<{WEB}>{{}} }}",
    f"SELECT * {{ {{ SELECT * {{ {{ SELECT * {{ SERVICE <{WEB}> {{}} }} }} }} }} }}",
    f"ASK {{ OPTIONAL {{ SERVICE <{WEB}> {{}} }} }}",
    f"SELECT * {{ SERVICE#'''\n<{WEB}>#'''\n{{}} }}",
    f"SELECT * {{SERVICESILENT<{WEB}>{{}}}}",
    PREFIXES + "SELECT * {SERVICEx:y{}}",
    PREFIXES + "SELECT * {SERVICE:y{}}",
    PREFIXES + "SELECT * {SERVICESILENTx:y{}}",
    PREFIXES + f"SELECT * {{?s ?p trueSERVICE<{WEB}>{{}}}}",
    PREFIXES + f"SELECT * {{?s ?p 1SERVICE<{WEB}>{{}}}}",
    PREFIXES + "SELECT * {?s ?p trueSERVICEx:y{}}",
    PREFIXES + f"SELECT * {{?s ?p x:c.d.SERVICE<{WEB}>{{}}}}",
    PREFIXES + f"SELECT * {{?s ?p h:SERVICE<{WEB}>{{}}}}",
    f"BASE <http://h:> PREFIX h: <> SELECT * {{?s ?p h:SERVICE<{WEB}>{{}}}}",
    f"SELECT * {{BIND(1 AS ?a) FILTER(?a<'>')SERVICE<{WEB}>{{}}#'\n}}",
    f"SELECT * {{BIND(1 AS ?a) FILTER(?a<<http://b'>)SERVICE<{WEB}>{{}}#'\n}}",
    PREFIXES + f"SELECT * {{BIND(1 AS ?a) FILTER(?a<:b#>'''\n)SERVICE<{WEB}>{{}}#'''\n}}",
    PREFIXES + "SELECT * {BIND(1 AS ?a) FILTER(?a<2)SERVICE:y#>\n{}}",
    f"SELECT * {{VALUES ?x {{'''a'}} SERVICE <{WEB}> {{}} #\\q '''\n}}",
    f"SELECT * {{VALUES ?x {{'''a'}} SERVICE <{WEB}> {{}} #\\uD800 '''\n}}",
    f'SELECT * {{VALUES ?x {{"""a"}} SERVICE <{WEB}> {{}} #\\q """\n}}',
    rf"SELECT * {{ \u0053ERVICE <{WEB}> {{}} }}",
    rf"SELECT * {{ S\U00000045RVICE <{WEB}> {{}} }}",
    rf"SELECT * {{ ?s ?p \u0022 \u0022 . SERVICE <{WEB}> {{}} #\u0022 }}",
    "SELECT * { SERVICE ?where {} }",
)

#: All of these say "service" and call nothing.
HARMLESS = (
    "SELECT ?service { ?x <http://e/service> ?service }",
    "SELECT * { ?x schema:serviceType 'SERVICE <http://x> {}' } # SERVICE <http://x> {}",
    "PREFIX service: <http://e/> SELECT * { ?x service:of service:y . { ?x ?y ?z } }",
    "PREFIX service: <http://e/> SELECT * { GRAPH service:g { ?x ?y ?z } }",
    "SELECT * { ?x ?y '''a 'SERVICE' <http://x> {}''' , \"SERVICE\"@en }",
    "SELECT * { ?x ?y <service> , <#service> , <http://e/(service)> }",
)


def is_stopped(query: str) -> bool:
    """Tell whether a query is refused, or its services are found, or the engine cannot read it."""
    try:
        found = inspect(query)
        return found.has_service or not _parses(ox.Store(), found.text)
    except (QueryRefused, QuerySyntaxError):
        return True


@pytest.mark.parametrize("query", DISGUISES)
def test_a_service_is_found_in_every_disguise(query: str) -> None:
    assert is_stopped(query)


def test_the_disguises_are_real() -> None:
    """Most of the list calls the web when the engine is given it as it is."""
    store = ox.Store()
    store.update("INSERT DATA { <http://e/s> <http://e/p> 1 , true }")
    calls = 0
    for query in DISGUISES:
        try:
            result = store.query(query)
            calls += isinstance(result, ox.QuerySolutions) and list(result) == [None]
        except OSError:
            calls += 1
        except (SyntaxError, RuntimeError):
            continue
    assert len(DISGUISES) == 27
    assert calls >= 8


@pytest.mark.parametrize("query", HARMLESS)
def test_the_word_service_alone_is_no_offence(query: str) -> None:
    found = inspect(query)
    assert found.form == "SELECT"
    assert not found.has_service


def test_no_mixture_of_pieces_gets_past_the_guard() -> None:
    """What the guard lets pass never calls the web; of what it stops, much would have."""
    pick = random.Random(20211109)
    store = ox.Store()
    store.update("INSERT DATA { <http://e/s> <http://e/p> 1 , true , 'x' }")
    calls = passed = 0
    for _ in range(4_000):
        query = _mixture(pick)
        calls += _calls(store, query)
        try:
            found = inspect(query)
        except (QueryRefused, QuerySyntaxError):
            continue
        if not found.has_service:
            passed += 1
            assert not _calls(store, found.text), query
    assert calls > 100
    assert passed > 100


_SERVICES = (
    f"SERVICE<{WEB}>{{}}", f"SERVICE <{WEB}> {{}}", "SERVICESILENTx:y{}", "SERVICEx:y{}",
    "SERVICE x:y#>\n{}", "SERVICE:z{}", "SERVICE x:y#>'\n{}#'", "# SERVICE\n", "'SERVICE'", "x:service",
)  # fmt: skip
_BEFORE = (
    "", "FILTER(?a<?b)", "FILTER(?a<'>')", "FILTER(?a<:b#>'''\n)", "FILTER(?a<<http://b'>)",
    "FILTER(true||?a<'b>')", "?s ?p true", "?s ?p 1.", "?s ?p x:c.d.", "?s ?p 'x'", "?s ?p ",
    "VALUES ?q {'''a'}", "VALUES ?q {'''a\\q'}", "?s ?p h:", "?s ?p x:a\\'", "?s ?p 'x'@en",
    "OPTIONAL{}", "{} UNION ", "?s <http://e/p>?true", "_:b ?p _:c.", "?s ?p <b'> ", "GRAPH x:g",
)  # fmt: skip
_AFTER = ("", " #'''", " #'", "'''\n", "'", "{}", " #\\q '''\n", "#\\uD800'''\n", "#>\n", ">")


def _mixture(pick: random.Random) -> str:
    body = "".join(
        pick.choice(_BEFORE) + pick.choice((" ", "\n", "")) for _ in range(pick.randint(0, 2))
    )
    return (
        f"{pick.choice((NAMES, PREFIXES))}SELECT * {{{body}{pick.choice(_SERVICES)}{pick.choice(_AFTER)}"
        + pick.choice(("}", "\n}", " . }"))
    )


def _calls(store: ox.Store, query: str) -> bool:
    try:
        result = store.query(query)
        if isinstance(result, ox.QuerySolutions):
            list(result)
    except OSError:
        return True
    except (SyntaxError, RuntimeError):
        pass
    return False


@pytest.mark.parametrize(
    "update",
    [
        "LOAD <http://x/>",
        "load<http://x/>",
        "PREFIX load: <http://x/> LOAD load:y",
        "PREFIX : <http://x/> CLEAR ALL;LOAD SILENT:y INTO GRAPH :g",
        "INSERT DATA { <http://a> <http://b> '}' } ; LOAD <http://x/>",
        r"\u004COAD <http://x/>",
        r"L\u004FAD <http://x/>",
    ],
)
def test_load_is_found(update: str) -> None:
    assert inspect(update, update=True).has_load


def test_what_the_engine_could_take_for_load_is_refused() -> None:
    with pytest.raises(QuerySyntaxError, match="'LOAD:y' cannot stand here"):
        inspect("PREFIX : <http://x/> LOAD:y", update=True)


def test_the_word_load_in_data_is_no_offence() -> None:
    update = "PREFIX load: <http://x/> INSERT DATA { load:a load:b 'LOAD <http://x/>' }"
    assert not inspect(update, update=True).has_load


@pytest.mark.parametrize(("left", "right"), ["()", "{}", ("<<(", ")>>")])
def test_nesting_is_bounded(left: str, right: str) -> None:
    deep = f"ASK {{ {left * 101} {right * 101} }}"
    with pytest.raises(QueryRefused, match="nested more than 100 deep"):
        inspect(deep)
    # Three kilobytes of brackets in a string are no nesting.
    assert inspect(f"ASK {{ FILTER('{left * 1500}' = '') }}").form == "ASK"


@pytest.mark.parametrize(
    "query",
    [
        "ASK {" + "{} UNION " * 1_500 + "{}}",
        "ASK { FILTER(" + "1 || " * 2_000 + "1) }",
        "ASK { FILTER(" + "1+" * 4_500 + "1) }",
        "ASK {" + "OPTIONAL {}" * 1_500 + "}",
        "SELECT " + " ".join(f"(1 AS ?a{i})" for i in range(1_500)) + " {}",
        "ASK { FILTER(" + "!" * 9_000 + "1) }",
    ],
)
def test_rows_are_bounded(query: str) -> None:
    with pytest.raises(QueryRefused, match="more than 1000 parts"):
        inspect(query)


def test_long_lists_of_values_are_not_rows() -> None:
    values = " ".join(str(-i) for i in range(10_000))
    pairs = " ".join(f"({i} -{i})" for i in range(10_000))
    assert inspect(f"ASK {{ VALUES ?x {{ {values} }} VALUES (?a ?b) {{ {pairs} }} }}").form == "ASK"


def test_the_length_is_bounded() -> None:
    with pytest.raises(QueryRefused, match="has 1001 characters; at most 1000"):
        inspect("ASK {}".ljust(1_001), chars=1_000)


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("ask{}", "ASK"),
        ("# SELECT\nPREFIX a: <http://a/#b>\nBASE <http://x/> CONSTRUCT {} {}", "CONSTRUCT"),
        ("PREFIX : <http://select/> DESCRIBE :a", "DESCRIBE"),
        ("PREFIX select: # SELECT\n <http://x/> DESCRIBE select:a", "DESCRIBE"),
        (r"\u0053ELECT * {}", ""),
        ("INSERT DATA {}", ""),
        ("", ""),
        ("'", ""),
    ],
)
def test_the_form_is_told_by_the_first_words(query: str, form: str) -> None:
    assert form_of(query) == form


@pytest.mark.parametrize(
    ("query", "has_dataset"),
    [
        ("SELECT * FROM <http://g> {}", True),
        ("SELECT * FROM NAMED<http://g>{}", True),
        ("SELECT ?from { ?from prov:wasDerivedFrom 'FROM' } # FROM <http://x>", False),
    ],
)
def test_a_dataset_clause_is_seen(query: str, has_dataset: bool) -> None:
    assert inspect(query).has_dataset is has_dataset


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT ?x {\n ?x ?y 'abc }", 2, 8),
        ("SELECT ?x { ?x ?y “abc” }", 1, 19),
        ("SELECT ?x {\u00a0}", 1, 12),
        ("SELECT ?x { ?x ?y '''a'' }", 1, 19),
        (r"SELECT ?x { ?x \u005Cu0041 ?y }", 1, 16),
    ],
)
def test_what_is_no_token_is_told_with_its_place(query: str, line: int, column: int) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        inspect(query + " # from \\u0041")
    assert (caught.value.line, caught.value.column) == (line, column)


def test_tokens_cover_a_text_without_spaces_and_comments() -> None:
    text = 'SELECT ?a{?a<http://b>:c,"d"@en#e\n.FILTER(?a<1.5e3)}'
    tokens = tokenize(text)
    assert [t.text for t in tokens] == [
        "SELECT", "?a", "{", "?a", "<http://b>", ":c", ",", '"d"', "@en", ".", "FILTER", "(", "?a",
        "<", "1.5e3", ")", "}",
    ]  # fmt: skip
    assert all(text[t.start : t.end] == t.text for t in tokens)
    assert place(text, tokens[9].start) == (2, 1)


def test_using_is_added_to_each_operation_with_a_where() -> None:
    text = with_using(
        parse("INSERT { ?s ?p 1 } WHERE { ?s ?p 2 } ; DELETE WHERE { ?s ?p 3 }", update=True),
        ["http://g"],
        ["http://n"],
    )
    using = "USING <http://g> USING NAMED <http://n>"
    assert (
        text.split()
        == (
            f"INSERT {{ ?s ?p 1 }} {using} WHERE {{ ?s ?p 2 }} ; "
            f"DELETE {{ ?s ?p 3 }} {using} WHERE {{ ?s ?p 3 }}"
        ).split()
    )


@pytest.mark.parametrize("clause", ["USING <http://a>", "USING NAMED <http://a>"])
def test_using_by_the_protocol_and_by_the_text_conflict(clause: str) -> None:
    with pytest.raises(QueryRefused, match="USING cannot stand"):
        with_using(
            parse(f"INSERT {{ ?s ?p 1 }} {clause} WHERE {{ ?s ?p 2 }}", update=True),
            ["http://g"],
            [],
        )
    with pytest.raises(QueryRefused, match="WITH cannot stand"):
        with_using(
            parse("WITH <http://a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", update=True),
            [],
            ["http://g"],
        )


def test_an_iri_cannot_bring_text_into_an_update() -> None:
    with pytest.raises(QueryRefused, match="is not an absolute IRI"):
        tree = parse("DELETE WHERE { ?s ?p ?o }", update=True)
        with_using(tree, ["http://g> USING NAMED <http://h"], [])


def test_the_rewritings_leave_everything_else_as_it_is() -> None:
    assert (
        with_columns(parse("SELECT * { ?b ?a ?c }"), ["a", "b", "c"])
        == "SELECT  ?b ?a ?c  { ?b ?a ?c }"
    )
    assert with_columns(parse("SELECT ?a { SELECT * {} }"), ["a"]) is None
    assert selecting_described(parse("DESCRIBE <http://a> ?b WHERE { ?b ?c ?d } LIMIT 1")) == (
        "SELECT DISTINCT ?b WHERE { ?b ?c ?d } LIMIT 1",
        ["<http://a>"],
    )
    assert with_aliases_expanded(parse("SELECT (COUNT(*) AS ?c) (?c + 1 AS ?d) { ?c ?p ?o }")) == (
        "SELECT (COUNT(*) AS ?c) ((COUNT(*) ) + 1 AS ?d) { ?c ?p ?o }"
    )
    assert with_aliases_expanded(parse("SELECT (1 AS ?c) { ?s ?p ?c }")) is None


@pytest.mark.skipif(not W3C.is_dir(), reason="the W3C suites are not here")
def test_the_guard_takes_and_leaves_what_the_engine_does() -> None:
    """All queries of the W3C suites: what the guard gives on parses just as the original does."""
    store, seen, taken = ox.Store(), 0, 0
    for file in sorted(W3C.glob("sparql1*/**/*.rq")):
        text = file.read_bytes().decode("utf-8", "replace")
        seen += 1
        plain = _parses(store, text)
        taken += plain
        mended = file.name == "syn-bad-26.rq"
        assert plain or not mended, "the engine is right by now: the guard need not mend it"
        try:
            # The pieces that make the guard look closely, in a comment.
            found = inspect(text + "\n#from service")
        except QuerySyntaxError:
            assert not plain or mended, file
            continue
        except QueryRefused as refused:
            raise AssertionError(file) from refused
        assert not mended
        assert _parses(store, found.text) == plain, file
    assert (seen, taken) == (SEEN, TAKEN)


#: Query files of the suites sparql10 and sparql11, and those among them that the engine can read.
SEEN, TAKEN = 894, 795


def _parses(store: ox.Store, text: str) -> bool:
    try:
        store.query(text, base_iri="http://example.org/")
    except SyntaxError:
        return False
    except (OSError, RuntimeError):
        return True
    return True
