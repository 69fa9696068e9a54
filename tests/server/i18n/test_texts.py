"""What errors say: each template has a translation, and is rendered in the reader's language."""

from __future__ import annotations

import ast
import inspect
import json
import marshal
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import iprgraph
import iprgraph_server
from iprgraph import errors as library
from iprgraph.errors import PeerFailed, QuerySyntaxError, Text
from iprgraph.sparql import grammar, parser, syntax_hints
from iprgraph_server.errors import pack, unpack
from iprgraph_server.http.problems import ALL
from iprgraph_server.i18n.catalogue import LANGUAGES, catalogue
from iprgraph_server.i18n.texts import translate_html, translate_text, translations

SERVER = Path(iprgraph_server.__file__).parent
LIBRARY = Path(iprgraph.__file__).parent
#: What only the command line and programs say is English.
ENGLISH_ONLY = ("cli", "client")
PLACEHOLDER = re.compile(r"\{(\w+)\}")

PROBLEMS = frozenset(kind.__name__ for kind in ALL.values()) | {"HttpProblem"}

#: Templates that are put together where they are used.
BUILT = {f"{{count}} {noun}{s}" for noun in ("violation", "warning", "info") for s in ("", "s")} | {
    "the SERVICE <{url}> {how}", "the SERVICE <{url}> ({where}) {how}", "{Text}.", "{Text}",
    "the ontology", "the shapes",
}  # fmt: skip


def calls(folder: Path) -> Iterator[tuple[str, str, ast.expr]]:
    """Yield each call with arguments in a folder: the file, the name called, the first argument."""
    for file in sorted(folder.rglob("*.py")):
        if file.relative_to(folder).parts[0] not in ENGLISH_ONLY:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and node.args:
                    called = node.func
                    name = called.attr if isinstance(called, ast.Attribute) else ""
                    yield file.name, getattr(called, "id", name), node.args[0]


def templates() -> set[str]:
    """Return every template that is written out, but for those that hold nothing but values."""
    found = {
        str(argument.value)
        for folder in (SERVER, LIBRARY)
        for _, name, argument in calls(folder)
        if isinstance(argument, ast.Constant) and (name == "Text" or name in PROBLEMS)
    }
    found |= {text for pair in syntax_hints._REASONS.values() for text in pair if text}
    found |= set(grammar._CALLED) | {word for word in parser._KINDS.values() if " " in word}
    return {text for text in found if re.search("[A-Za-z]{2}", PLACEHOLDER.sub("", text))}


def strings(folder: Path) -> set[str]:
    """Return every string in the source of a folder."""
    return {
        node.value
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_template_is_translated_with_its_values(language: str) -> None:
    known, written = translations()[language], templates()
    assert len(written) > 200
    assert written - known.keys() == set()
    for template, translated in known.items():
        names = [sorted(PLACEHOLDER.findall(text)) for text in (template, translated)]
        assert names[0] == names[1], template
        assert not re.search(r"[\u4e00-\u9fff][,:;?!()]", translated), template


def test_no_template_is_translated_that_nothing_says() -> None:
    known = set[str]().union(*translations().values())
    assert known - strings(SERVER) - strings(LIBRARY) - BUILT == set()


def test_no_problem_is_given_a_text_whose_values_are_lost() -> None:
    lost = [
        (file, ast.unparse(argument))
        for file, name, argument in calls(SERVER)
        if name in PROBLEMS and isinstance(argument, ast.JoinedStr | ast.BinOp)
    ]
    assert lost == []


def test_every_member_of_a_problem_is_named_in_both_languages() -> None:
    given = {
        keyword.arg
        for file in SERVER.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in PROBLEMS
        for keyword in node.keywords
    }
    lists = {"formats", "media_types", "problems", "releases", "results"}
    named = {key.removeprefix("problem_facts.") for key in catalogue() if "problem_facts." in key}
    given -= {None, "told", "report", "retry_after", "status"}
    # A place is given as both its members. What is retired says since when; every problem has the
    # id of its request.
    assert named == given - lists | {"line", "column", "since", "request_id"}


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        (
            Text("There is no query. Give it as query=…"),
            "There is no query. Give it as query=…",
            "缺少查询。请以 query=… 提供。",
        ),
        (
            Text("{name} is given {count} times; give it once.", name="query", count=2),
            "query is given 2 times; give it once.",
            "参数 query 出现了 2 次，只能出现一次。",
        ),
        (
            Text(
                "{told} (line {line}, column {column})",
                told=Text("the prefix {prefix}: is not declared", prefix="fo"),
                line=1,
                column=17,
            ).sentence(),
            "The prefix fo: is not declared (line 1, column 17).",
            "前缀 fo: 未声明（第 1 行第 17 列）。",
        ),
        (
            Text(
                "{text} cannot stand here: {what}",
                text="'x'",
                what=Text(
                    "expected {what}",
                    what=Text(
                        "{listed} or {last}", listed=[Text("a term"), '","'], last=Text("the end")
                    ),
                ),
            ),
            "'x' cannot stand here: expected a term, \",\" or the end",
            "此处不能出现 'x'，应为：RDF 项、\",\" 或 结尾",
        ),
        (
            Text.of(
                PeerFailed(
                    "http://x",
                    "timeout",
                    Text(
                        "{told}; {count} bytes had come",
                        told=Text("had not answered within {seconds} s", seconds="3"),
                        count=7,
                    ),
                    Text("line {line}, column {column}", line=1, column=2),
                )
            ).sentence(),
            "The SERVICE <http://x> (line 1, column 2) had not answered within 3 s; 7 bytes had come.",
            "SERVICE <http://x>（第 1 行第 2 列）未能在 3 秒内答复，当时已收到 7 字节。",
        ),
        (
            Text(
                "{told} Send one of: {listed}.",
                told=Text("The body is said to be {type}.", type="text/plain"),
                listed=["a/b", "c/d"],
            ),
            "The body is said to be text/plain. Send one of: a/b, c/d.",
            "正文声明的类型为 text/plain。请发送以下类型之一：a/b、c/d。",
        ),
        (
            Text.lines(
                Text("- {told}", told=Text("the end")),
                Text("- {focus}: {told}", focus="x", told={"en": "Name it.", "zh": "请命名。"}),
                Text("- {focus}: {told}", focus="y", told={"en": "Date it."}),
            ),
            "- the end\n- x: Name it.\n- y: Date it.",
            "- 结尾\n- x：请命名。\n- y：Date it.",
        ),
        # What the engine says stays as it is, and what a value holds is never translated.
        (
            Text("The data cannot be read: {told}", told=Text("The prefix {x} is odd.")),
            "The data cannot be read: The prefix {x} is odd.",
            "无法读取数据：The prefix {x} is odd.",
        ),
        (
            Text("There is nothing at {path}.", path="/the end"),
            "There is nothing at /the end.",
            "/the end 处没有内容。",
        ),
        (Text(""), "", ""),
    ],
)
def test_a_text_is_rendered_in_both_languages(text: Text, english: str, chinese: str) -> None:
    assert text == english == translate_text(text, "en")
    assert translate_text(text, "zh") == chinese
    # From one process to another.
    for sent in (marshal.loads(marshal.dumps(pack(text))), json.loads(json.dumps(pack(text)))):
        assert unpack(sent) == english and translate_text(unpack(sent), "zh") == chinese


def test_english_on_a_chinese_page_is_marked_and_values_are_escaped() -> None:
    told = Text("The data cannot be read: {told}", told=Text("<b> is odd"))
    assert translate_html(told, "zh") == ('无法读取数据：<span lang="en">&lt;b&gt; is odd</span>')
    assert translate_html(Text("Quite <i>new</i>."), "zh") == (
        '<span lang="en">Quite &lt;i&gt;new&lt;/i&gt;.</span>'
    )
    path = Text("There is nothing at {path}.", path="/<script>")
    assert "<" not in translate_html(path, "zh")
    assert translate_html(Text("a < b"), "en") == "a &lt; b"


def test_an_error_keeps_its_text_and_reads_as_before() -> None:
    hint = Text("did you mean {word}?", word="SELECT")
    error = QuerySyntaxError(Text("{text} cannot stand here", text="'SELCT'"), 1, 2, hint)
    assert str(error) == "line 1, column 2: 'SELCT' cannot stand here (did you mean SELECT?)"
    assert translate_text(error.hint, "zh") == "您想写的是 SELECT 吗？"


def test_the_errors_of_the_library_know_nothing_of_languages() -> None:
    assert "catalogue" not in inspect.getsource(library)
    assert "iprgraph_server" not in inspect.getsource(library)
