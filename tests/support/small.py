"""A small dataset for the tests of the server: few graphs, each with a purpose."""

from __future__ import annotations

EX = "https://example.org/"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"

#: Numbers in the graph `numbers`: enough for answers that are worth compressing.
NUMBERS = 3000

#: Literals that would break out of a page, were they not escaped.
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table><svg onload='alert(1)'>",
    "&lt;b&gt; \t tab \r\n line",
)


def _escape(text: str) -> str:
    pairs = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
    for plain, written in pairs:
        text = text.replace(plain, written)
    return text


def nquads() -> str:
    """Write the dataset."""
    lines = [
        f'<{EX}a> <{LABEL}> "alpha"@en <{EX}graph/one> .',
        f'<{EX}a> <{LABEL}> "阿尔法"@zh <{EX}graph/one> .',
        f"<{EX}a> <{EX}knows> <{EX}b> <{EX}graph/one> .",
        f'<{EX}b> <{LABEL}> "beta"@en <{EX}graph/two> .',
    ]
    lines += [
        f'<{EX}n/{i}> <{EX}value> "{i}"^^<{INTEGER}> <{EX}graph/numbers> .' for i in range(NUMBERS)
    ]
    lines += [
        f'<{EX}hostile/{i}> <{LABEL}> "{_escape(text)}" <{EX}graph/hostile> .'
        for i, text in enumerate(HOSTILE)
    ]
    lines += [
        f"<javascript:alert(1)> <{EX}knows> <{EX}?a='onclick=alert(1)'&b=1> <{EX}graph/hostile> .",
        f'<{EX}hostile/lang> <{LABEL}> "x"@en-onclick-alert <{EX}graph/hostile> .',
    ]
    return "\n".join(lines) + "\n"
