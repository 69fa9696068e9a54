"""Compare results: rows and graphs are equal whatever their blank nodes are called."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from support.manifests import BASE, ROOT

_RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_ROW = ox.NamedNode("urn:test:row")
_RESULT_FORMATS = {
    ".srx": ox.QueryResultsFormat.XML,
    ".srj": ox.QueryResultsFormat.JSON,
    ".tsv": ox.QueryResultsFormat.TSV,
}

Expected = bool | tuple[set[str], ox.Dataset] | ox.Dataset


def expected(path: Path) -> Expected:
    """Read what a test expects: a truth value, variables and rows, or a graph."""
    form = _RESULT_FORMATS.get(path.suffix)
    if form is not None:
        return parsed(path.read_bytes(), form)
    triples = graph(path)
    if any(t.object == ox.NamedNode(f"{_RS}ResultSet") for t in triples):
        return _result_set(triples)
    return canonical(triples)


def parsed(body: bytes, form: ox.QueryResultsFormat) -> Expected:
    """Read the answer to an ASK or SELECT."""
    found = ox.parse_query_results(body, form)
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    rows = [{name: row[name] for name in names if row[name] is not None} for row in found]
    return set(names), _rows(rows)


def graph(path: Path) -> list[ox.Triple]:
    """Parse an RDF file of the suite."""
    base = BASE + path.relative_to(ROOT).as_posix()
    form = ox.RdfFormat.from_extension(path.suffix[1:])
    return [quad.triple for quad in ox.parse(path=path, format=form, base_iri=base)]


def canonical(triples: list[ox.Triple]) -> ox.Dataset:
    """Make equal graphs equal, after the engine's own reading of literals.

    The engine keeps values, not lexical forms: 01 becomes 1, xsd:int becomes xsd:integer.
    """
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset = ox.Dataset(store)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def _rows(rows: list[dict[str, ox.NamedNode | ox.BlankNode | ox.Literal]]) -> ox.Dataset:
    """Write rows as a graph with a blank node for each, so that repeated rows count."""
    triples = []
    for row in rows:
        node = ox.BlankNode()
        triples.append(ox.Triple(node, _ROW, _ROW))
        for name, term in row.items():
            triples.append(ox.Triple(node, ox.NamedNode(f"urn:test:{name}"), term))
    return canonical(triples)


def _result_set(triples: list[ox.Triple]) -> Expected:
    """Read a result set that is written as RDF."""
    by_subject: dict[object, dict[str, list[ox.NamedNode | ox.BlankNode | ox.Literal]]] = {}
    for t in triples:
        name = t.predicate.value.removeprefix(_RS)
        by_subject.setdefault(t.subject, {}).setdefault(name, []).append(t.object)
    (found,) = [s for s in by_subject.values() if "resultVariable" in s or "boolean" in s]
    if "boolean" in found:
        return found["boolean"][0].value == "true"
    rows = []
    for solution in found.get("solution", []):
        bindings = [by_subject[binding] for binding in by_subject[solution].get("binding", [])]
        rows.append({b["variable"][0].value: b["value"][0] for b in bindings})
    return {variable.value for variable in found["resultVariable"]}, _rows(rows)
