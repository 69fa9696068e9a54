"""Content negotiation: each rule has a test by its name."""

from __future__ import annotations

import pytest

from iprgraph_server.http.compression import choose
from iprgraph_server.http.formats import GRAPHS, HTML, RESULTS, Format
from iprgraph_server.http.negotiation import named, negotiate

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
#: What rdflib's SPARQLStore sends with a SELECT.
RDFLIB = "application/rdf+xml, application/sparql-results+xml;q=0.9"


def name(accept: str, formats: tuple[Format, ...] = RESULTS) -> str | None:
    form = negotiate(accept, formats)
    return form.name if form else None


def test_no_header_means_the_first_format() -> None:
    assert name("") == "json"
    assert name("", GRAPHS) == "turtle"


def test_any_means_the_first_format() -> None:
    assert name("*/*") == "json"
    assert name("*/*", GRAPHS) == "turtle"


def test_wildcard_of_a_type() -> None:
    assert name("text/*") == "csv"
    assert name("text/*", GRAPHS) == "turtle"
    assert name("application/*") == "json"


def test_wildcard_asks_for_what_is_sent() -> None:
    # text/xml asks for XML results, but they are sent as application/sparql-results+xml.
    assert name("text/xml") == "xml"
    assert name("text/*") != "xml"


def test_exact_type() -> None:
    for formats in (RESULTS, GRAPHS):
        for form in formats:
            assert negotiate(form.media_type, formats) is form


def test_quality_decides() -> None:
    assert name("text/csv;q=0.3, text/tab-separated-values;q=0.4") == "tsv"
    assert name("text/csv;q=0.30, application/json;q=0.299") == "csv"


def test_ties_go_by_the_order_of_the_table() -> None:
    assert name("text/csv, application/sparql-results+xml") == "xml"
    assert name("application/sparql-results+xml, text/csv") == "xml"


def test_specific_range_wins_over_wildcard() -> None:
    assert name("application/sparql-results+json;q=0.1, */*;q=0.5") == "xml"
    assert name("text/csv;q=0.2, text/*;q=0.9, */*;q=0.1") == "tsv"


def test_zero_quality_refuses() -> None:
    assert name("application/sparql-results+json;q=0, */*") == "xml"
    assert name("text/csv;q=0") is None
    assert name("*/*;q=0") is None
    assert name("*/*;q=0.000, text/csv") == "csv"


def test_nothing_fits() -> None:
    assert name("image/png") is None
    assert name("application/rdf+xml") is None
    assert name("text/csv", GRAPHS) is None


def test_parameters_do_not_matter() -> None:
    assert name("text/turtle; charset=utf-8", GRAPHS) == "turtle"
    assert name('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', GRAPHS) == (
        "jsonld"
    )
    assert (
        name('application/ld+json;profile="a,b;q=0";q=0.5, text/turtle;q=0.4', GRAPHS) == "jsonld"
    )


def test_spaces_and_case_do_not_matter() -> None:
    assert name("  TEXT/CSV ; q=0.5 ,\ttext/tab-separated-values ;Q=0.4") == "csv"
    assert name("text/csv;q=0.1 , application/sparql-results+xml") == "xml"


def test_malformed_ranges_are_passed_over() -> None:
    assert name("text/csv;q=high, text/tab-separated-values;q=0.1") == "tsv"
    assert name(",,, ;q=1, text/csv") == "csv"
    assert name("html") == "json"
    assert name("text/csv;q=2") == "json"


def test_browsers_get_pages() -> None:
    assert name(FIREFOX) == "html"
    assert negotiate(FIREFOX, GRAPHS) is HTML


def test_rdf_formats_named_first_do_not_spoil_a_select() -> None:
    assert name(RDFLIB) == "xml"


def test_understood_types_are_sent_as_the_standard_says() -> None:
    form = negotiate("application/json", RESULTS)
    assert form is not None
    assert form.content_type == "application/sparql-results+json"
    assert name("application/json", GRAPHS) == "jsonld"
    assert name("application/xml", GRAPHS) == "rdfxml"


def test_text_says_that_it_is_utf8() -> None:
    for form in (*RESULTS, *GRAPHS):
        assert form.content_type.endswith("; charset=utf-8") == form.media_type.startswith("text/")


@pytest.mark.parametrize(
    ("given", "formats", "expected"),
    [
        ("json", RESULTS, "json"),
        ("JSON", RESULTS, "json"),
        ("json", GRAPHS, "jsonld"),
        ("xml", GRAPHS, "rdfxml"),
        ("ttl", GRAPHS, "turtle"),
        ("nt", GRAPHS, "ntriples"),
        ("nq", GRAPHS, "nquads"),
        ("text/csv", RESULTS, "csv"),
        ("application/ld json", GRAPHS, "jsonld"),
        ("html", RESULTS, "html"),
        ("turtle", RESULTS, None),
        ("pdf", GRAPHS, None),
    ],
)
def test_format_parameter(given: str, formats: tuple[Format, ...], expected: str | None) -> None:
    form = named(given, formats)
    assert (form.name if form else None) == expected


def test_names_are_unambiguous() -> None:
    for formats in (RESULTS, GRAPHS):
        names = [n for form in formats for n in (form.name, *form.short)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("accept_encoding", "coding"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1, br;q=0.5", "gzip"),
        ("zstd;q=0, br;q=0, *", "gzip"),
        ("gzip;q=0", ""),
        ("*", "zstd"),
        ("*;q=0", ""),
        ("gzip;q=0.5, identity", ""),
        ("deflate", ""),
    ],
)
def test_content_coding(accept_encoding: str, coding: str) -> None:
    assert choose(accept_encoding) == coding
