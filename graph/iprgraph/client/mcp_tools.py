"""The tools of language models: answers in JSON with claim, passage, source and release.

In an answer that leaves something out, ``cut`` is true, and ``rest`` says how to get the rest.
"""

from __future__ import annotations

from typing import Any

from iprgraph.client.client import Check, Claim, Client
from iprgraph.content import questions
from iprgraph.errors import UsageError
from iprgraph.namespaces import BASE, PREFIXES, shorten
from iprgraph.sparql.guard import form_of

#: Claims of one thing that are read; SPARQL finds those of a thing with more.
_MAX_CLAIMS = 1_000
#: Largest number of rows, facts or claims in one answer.
MAX_ITEMS = 500
#: Seconds that a query may take.
SECONDS = 30.0
#: Claims in the rows of a query whose evidence is added to the answer.
_MAX_NAMED = 50

ToolAnswer = dict[str, Any]


class Toolbox:
    """The tools; every method raises an IprGraphError that says what to do instead."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def search(self, text: str, type: str = "", limit: int = 10, page: int = 1) -> ToolAnswer:
        """Find things (organizations, laws, treaties, people, figures, claims …) by name.

        Takes words, beginnings, misspellings, acronyms and identifiers, in English or Chinese;
        `type` narrows to a kind such as `treaty`, `organization`, `observation` or `claim`. The ids
        found are what the other tools take.
        """
        hits = self._client.search(text, type or None, limit, page)
        things = [
            {
                "id": shorten(one.iri),
                "name": one.name,
                "names": one.names,
                "kind": one.kind,
                "description": one.description,
                "score": one.score,
            }
            for one in hits
        ]
        cut = page * limit < hits.total
        return self._answer(
            {"found": things, "total": hits.total}, cut, f"call search with page={page + 1}"
        )

    def describe_thing(self, thing: str, limit: int = 100) -> ToolAnswer:
        """Return what the graph asserts of one thing, each fact with the claim and passage it rests on.

        `thing` is an id that search found, such as `organization:wipo`, or a full IRI.
        """
        description = self._client.describe(thing, _bounded(limit))
        facts = [
            {
                "property": fact.property,
                "direction": "to it" if fact.is_inverse else "from it",
                "value": _plain(fact.value),
                "value_name": fact.value_name,
                "claim": shorten(fact.claim.iri),
            }
            for fact in description.facts
        ]
        claims = {fact.claim.iri: fact.claim for fact in description.facts}
        body = {
            "id": shorten(description.iri),
            "name": description.name,
            "names": description.names,
            "types": list(description.types),
            "facts": facts,
            "claims": [_claim(claim) for claim in claims.values()],
        }
        rest = f"call describe_thing with limit up to {MAX_ITEMS}, or ask sparql_query for one property"
        return self._answer(body, description.cut, rest)

    def claims_about(self, thing: str, limit: int = 20, offset: int = 0) -> ToolAnswer:
        """Return what is claimed about a thing: who says it, when, whether fact, plan or evaluation, and where.

        Each claim has the link that opens its source at the passage; quote that, and the claim's id.
        """
        claims = self._client.claims_about(thing, _MAX_CLAIMS)
        shown = claims[max(0, offset) :][: _bounded(limit)]
        after = max(0, offset) + len(shown)
        body = {"claims": [_claim(claim) for claim in shown], "total": len(claims)}
        if not claims:
            body["note"] = "nothing is claimed about it; search finds what there is"
        return self._answer(body, after < len(claims), f"call claims_about with offset={after}")

    def check_figure(self, what: str) -> ToolAnswer:
        """Return how a claimed figure compares with open data: both values, the verdict and the method.

        `what` is a check, a claim, an observation, or any thing whose claims were checked, by id.
        """
        checks = self._client.check(what)
        body: ToolAnswer = {"checks": [_check(check) for check in checks[:MAX_ITEMS]]}
        if not checks:
            body["note"] = "nothing about it was checked; claims_about tells what is claimed"
        return self._answer(body, len(checks) > MAX_ITEMS, "ask about one claim at a time")

    def sparql_query(self, query: str, limit: int = 100, offset: int = 0) -> ToolAnswer:
        """Answer a SPARQL 1.1 query (SELECT or ASK) over the whole graph, within 30 seconds.

        Prefixes are known without declaring them (ipr:, schema:, skos:, prov:, organization: …).
        Every claim is a named graph: bind it with `GRAPH ?claim { … }`, and the evidence of the
        claims in the rows comes with the answer. Shows `limit` rows from `offset` on.
        """
        form = form_of(query)
        if form in {"CONSTRUCT", "DESCRIBE"}:
            raise UsageError(f"{form} gives a graph; ask a SELECT, or describe_thing")
        if form == "ASK":
            truth = bool(self._client.query(query, SECONDS))
            return self._answer({"answer": truth}, cut=False, rest="")
        table = self._client.select(query, SECONDS)
        start = max(0, offset)
        rows = table.rows[start : start + _bounded(limit)]
        prefix = f"{BASE}id/claim/"
        named = {str(value) for row in rows for value in row if str(value).startswith(prefix)}
        claims = self._client.claims(sorted(named)[:_MAX_NAMED])
        after = start + len(rows)
        body = {
            "columns": list(table.columns),
            "rows": [[_plain(value) for value in row] for row in rows],
            "total": len(table.rows),
            "claims": [_claim(claim) for claim in claims],
        }
        if not named:
            body["note"] = "no row names its claim; add GRAPH ?claim { … } to be able to cite"
        if len(named) > _MAX_NAMED:
            body["claims_cut"] = (
                f"evidence of {_MAX_NAMED} of {len(named)} claims; ask for fewer rows"
            )
        return self._answer(body, after < len(table.rows), f"call it with offset={after}")

    def examples(self) -> str:
        """Return questions with explanations and SPARQL, from the graph's competency questions."""
        return "\n\n".join(
            f"# {question.question['en']}\n# {question.explanation['en']}\n{question.query.strip()}"
            for question in questions.load()
        )

    def prefixes(self) -> str:
        """Return the prefixes that names and queries may use."""
        return "\n".join(f"PREFIX {name}: <{iri}>" for name, iri in sorted(PREFIXES.items()))

    def _answer(self, body: ToolAnswer, cut: bool, rest: str) -> ToolAnswer:
        answer = {**body, "release": self._client.release, "cut": cut}
        return {**answer, "rest": rest} if cut else answer


def _bounded(limit: int) -> int:
    if not 1 <= limit <= MAX_ITEMS:
        raise UsageError(f"limit: {limit} is out of range; give 1 to {MAX_ITEMS}")
    return limit


def _plain(value: object) -> Any:
    """Return a value for JSON with names shortened; decimals stay exact, as text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return shorten(text) if text.startswith(("http://", "https://")) else text


def _claim(claim: Claim) -> ToolAnswer:
    return {
        "claim": shorten(claim.iri),
        "iri": claim.iri,
        "says": claim.text,
        "said_by": claim.said_by_name,
        "said_on": str(claim.said_on) if claim.said_on else None,
        "modality": claim.modality,
        "basis": claim.basis,
        "status": claim.status,
        "source": claim.source_name,
        "passage": claim.link,
        "where": [p.description or f"characters {p.start} to {p.end}" for p in claim.passages],
    }


def _check(check: Check) -> ToolAnswer:
    return {
        "check": shorten(check.iri),
        "name": check.name,
        "verdict": check.verdict,
        "claimed": _plain(check.claimed),
        "open_data": _plain(check.reference),
        "difference": _plain(check.difference),
        "unit": check.unit,
        "period": check.period,
        "method": check.method,
        "claims": [_claim(claim) for claim in check.claims],
        "against": [_claim(claim) for claim in check.against],
    }
