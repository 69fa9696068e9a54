"""What errors say: each text is in the catalogue in both languages, and is told in the reader's."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import iprgraph
import iprgraph_server
from iprgraph import errors as library
from iprgraph.sparql import grammar, syntax_hints
from iprgraph_server.http.problems import ALL
from iprgraph_server.i18n.catalogue import catalogue
from iprgraph_server.i18n.details import Details, lowered
from support.details import patterns, raised, texts

SERVER = Path(iprgraph_server.__file__).parent
LIBRARY = Path(iprgraph.__file__).parent
CHINESE = Details("zh")
SENTENCE = re.compile(r"(?<=\.) (?=\S)")

#: The library's errors that reach a client of the server, and where they are raised for one.
REFUSALS = frozenset({"QuerySyntaxError", "QueryRefused", "FormatError", "ResultTooLarge"})
ANY = REFUSALS | {"UsageError", "DataError"}
REACHED = {
    ANY: ("rdf/terms.py reasoning/axioms.py reasoning/restrictions.py reconciliation/data_extension.py "
          "reconciliation/queries.py reconciliation/suggest.py search/document.py "
          "shacl/pyshacl_adapter.py shacl/validator.py sparql/guard.py sparql/rewrite.py "
          "sparql/syntax_hints.py sparql/tokens.py store/bounded_buffer.py store/engine.py "
          "store/federation.py"),
    frozenset({"UsageError", "ReleaseError"}): "search/index.py",
}  # fmt: skip

#: What is asked of an error that is not a text of its own, but a value, or English for a machine.
NOT_TEXTS = {"", "malformed", "timeout", "unreachable", "too-large", "media-type", "incomplete"}

#: Texts that are put together from others where they are raised.
BUILT = {
    "{} is not an object", "{} is not an array", "{} is not a string",
    "expected {}", "had not answered within {} s; {} bytes had come", "{} was retired", "{} was retired on {}", "{}; or did you mean {}: ?",
    "the answer to {}", "{} (line {}, column {})", "line {}, column {}",
    "ontology", "shapes", "the ontology", "the shapes", "query", "request",
    "{} violation", "{} violations", "{} warning", "{} warnings", "{} info", "{} infos",
}  # fmt: skip


def bare(pattern: str) -> str:
    """Give a pattern as it is compared: values without names, as within another text."""
    return lowered(re.sub(r"\{\w*\}", "{}", pattern).strip().removesuffix("."))


KNOWN = {
    bare(entry["en"])
    for key, entry in catalogue().items()
    if key.startswith(("details.", "hints."))
}


def unknown(pattern: str) -> list[str]:
    """Give the parts of a text that the catalogue lacks: lines, failing these sentences."""
    missing = []
    for line in pattern.split("\n"):
        if bare(line) not in KNOWN:
            missing += [s for s in SENTENCE.split(line) if bare(s) not in KNOWN]
    # What is put before or after, such as a place, is a text of its own.
    return [s for s in missing if re.search(r"[A-Za-z]{2}", s) and not KNOWN & set(cores(s))]


def cores(pattern: str) -> Iterator[str]:
    """Give a pattern without what is put before it, and after it."""
    yield bare(pattern.removeprefix("{}"))
    yield bare(pattern.removesuffix("{}"))
    yield bare(pattern.removeprefix("line {}, column {}: "))
    # What something is not is named where it is asked for.
    if pattern == "{} is not {}":
        yield from (f"{{}} is not {called}" for called in ("an object", "an array", "a string"))


def test_every_error_is_told_in_chinese() -> None:
    kinds = frozenset(kind.__name__ for kind in ALL.values()) | {"HttpProblem", "__init__"}
    places = [(file, kinds) for file in sorted(SERVER.rglob("*.py"))]
    places += [
        (LIBRARY / name, names) for names, files in REACHED.items() for name in files.split()
    ]
    told = [
        (file.name, text)
        for file, names in places
        for node, found in raised(ast.parse(file.read_text("utf-8")), names)
        for text in found
    ]
    assert len(told) > 150
    assert [(file, text, unknown(text)) for file, text in told if unknown(text)] == []


def test_every_reason_and_hint_of_a_query_that_does_not_parse_is_told_in_chinese() -> None:
    said = {text for pair in syntax_hints._REASONS.values() for text in pair if text}
    said |= {called for words in grammar._CALLED for called in words.split(" or ")}
    said |= {word for word in grammar._KINDS.values() if " " in word}
    for file in ("syntax_hints.py", "tokens.py", "guard.py"):
        tree = ast.parse((LIBRARY / "sparql" / file).read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Return) and node.value and file == "syntax_hints.py":
                said.update(patterns(node.value))
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "_at", "error_at", "_refused",
            ):  # fmt: skip
                said.update(text for argument in node.args[2:] for text in patterns(argument))
    said = {text for text in said if re.search(r"[a-z]{2}", text)}
    assert len(said) > 50
    assert {text: unknown(text) for text in said if unknown(text)} == {}


def test_how_a_peer_failed_is_told_in_chinese() -> None:
    named = frozenset({"PeerFailed", "_Failed"})
    said: list[str] = []
    for file in (
        LIBRARY / "store/federation.py",
        SERVER / "workers/service_client.py",
        SERVER / "pool/service_proxy.py",
    ):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in named:
                said += [text for argument in node.args for text in patterns(argument)]
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "how":
                said += patterns(node.value)
    said = [text for text in said if text not in NOT_TEXTS and " " in text]
    assert len(said) >= 10
    assert [text for text in said if unknown(text)] == []


def test_no_text_of_an_error_is_in_the_catalogue_that_nothing_says() -> None:
    parts = texts(SERVER) | texts(LIBRARY)
    parts |= {part for text in parts for part in (*text.split("\n"), *SENTENCE.split(text))}
    parts |= {called for words in grammar._CALLED for called in words.split(" or ")}
    written = {bare(part) for part in parts} | {core for part in parts for core in cores(part)}
    assert len(KNOWN) > 250
    assert KNOWN - written - BUILT == set()
    assert BUILT <= KNOWN


def test_every_member_of_a_problem_is_named_in_both_languages() -> None:
    kinds = frozenset(kind.__name__ for kind in ALL.values())
    given = {
        keyword.arg
        for file in SERVER.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in kinds
        for keyword in node.keywords
    }
    lists = {"formats", "media_types", "problems", "releases", "results"}
    named = {key.removeprefix("problem_facts.") for key in catalogue() if "problem_facts." in key}
    given -= {None, "told", "report", "retry_after", "status"}
    # What is retired says since when; every problem has the id of its request.
    assert named == given - lists | {"since", "request_id"}


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("There is no query. Give it as query=…", "缺少查询。请以 query=… 提供。"),
        ("query is given 2 times; give it once.", "参数 query 出现了 2 次，只能出现一次。"),
        (
            "The prefix fo: is not declared (line 1, column 17).",
            "前缀 fo: 未声明（第 1 行第 17 列）。",
        ),
        (
            "'x' cannot stand here: expected a term, \",\" or the end (line 2, column 3).",
            "此处不能出现 'x'，应为：RDF 项、\",\" 或 结尾（第 2 行第 3 列）。",
        ),
        ("Nothing was changed: the shapes find 1 violation, 0 warnings, 2 infos.",
         "未作任何更改。形状约束发现：1 项违反、0 项警告、2 项提示。"),
        ("Line 1, column 20: SERVICE <http://x.y/z> is not allowed here; the server's operator can "
         "allow it with --allow-service http://x.y/z.",
         "第 1 行第 20 列：此处不允许 SERVICE <http://x.y/z>；服务器管理者可用 --allow-service "
         "http://x.y/z 予以允许。"),
        ("- law:x: A thing has at most one “ipr:unit”, so two of them are the same. But 1 and 2 are two "
         "values. (prp-fp)",
         "- law:x：每个事物至多有一个“ipr:unit”，因此两者相同。但 1 与 2 是两个值。（prp-fp）"),
        ("- law:x: Give it a name in Chinese (@zh).", "- law:x：Give it a name in Chinese (@zh)。"),
        ("The body is said to be text/plain. Send one of: a/b, c/d.",
         "正文声明的类型为 text/plain。请发送以下类型之一：a/b、c/d。"),
        ("The SERVICE <http://x> (line 1, column 2) had not answered within 3 s; 7 bytes had come.",
         "SERVICE <http://x>（第 1 行第 2 列）未能在 3 秒内答复，当时已收到 7 字节。"),
        # What the engine says stays as it is, and what stands between is never told anew.
        ("The data cannot be read: The prefix is odd.", "无法读取数据：The prefix is odd。"),
        ("There is nothing at /there is no query.", "/there is no query 处没有内容。"),
        ("Something else. There is no query.", "Something else. 没有查询内容。"),
        ("", ""),
    ],
)  # fmt: skip
def test_an_error_is_told_in_chinese(english: str, chinese: str) -> None:
    assert CHINESE.text(english) == chinese
    assert Details("en").text(english) == english


def test_english_on_a_chinese_page_is_marked_and_values_are_escaped() -> None:
    told = CHINESE.html("The data cannot be read: <b> is odd.")
    assert told == '无法读取数据：<span lang="en">&lt;b&gt; is odd</span>。'
    assert (
        CHINESE.html("Quite <i>new</i>.") == '<span lang="en">Quite &lt;i&gt;new&lt;/i&gt;.</span>'
    )
    assert "<" not in CHINESE.html("There is nothing at /<script>.").replace("&lt;", "")
    assert Details("en").html("a < b") == "a &lt; b"


def test_what_is_quoted_is_told_by_its_own_translation() -> None:
    details = Details("zh", {"Give it a name.": "请为其命名。"})
    assert details.text("- claim:x: Give it a name.") == "- claim:x：请为其命名。"
    assert details.text("- claim:x: Give it a date.") == "- claim:x：Give it a date。"


def test_a_long_text_is_told_as_a_whole_or_not_at_all() -> None:
    """Parts are not looked for in what is longer than any text of ours, or has more parts."""
    for hostile in ("a\n" * 1_900, "A. " * 1_300, "There is no query.\n" * 150):
        assert CHINESE.text(hostile) == hostile
    many = ", ".join("a term" for _ in range(300))
    assert many in CHINESE.text(f"'x' cannot stand here: expected {many}.")
    hostile = "line " * 40_000 + "column " * 40_000
    assert CHINESE.text(f"There is nothing at {hostile}.") == f"{hostile} 处没有内容。"
    assert hostile in CHINESE.text(
        f"'{hostile}' cannot stand here: expected (line 1, column {hostile}"
    )


def test_the_errors_of_the_library_know_nothing_of_languages() -> None:
    assert "catalogue" not in inspect.getsource(library)
