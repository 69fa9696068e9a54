"""Write candidates as the API has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from iprgraph.reconciliation.matching import ReconciliationCandidate
from iprgraph.reconciliation.suggest import Suggest, notable_types


def results(
    keys: Iterable[str],
    candidates: list[list[ReconciliationCandidate]],
    suggest: Suggest,
    language: str,
) -> dict[str, Any]:
    """Return the result batch: the candidates of each query under its key."""
    return {
        key: {"result": [_candidate(candidate, suggest, language) for candidate in ranked]}
        for key, ranked in zip(keys, candidates, strict=True)
    }


def _candidate(
    candidate: ReconciliationCandidate, suggest: Suggest, language: str
) -> dict[str, Any]:
    types = [suggest.term(iri, language) for iri in notable_types(candidate.thing)]
    return {
        **suggest.thing(candidate.thing, language),
        "type": [{"id": term["id"], "name": term["name"]} for term in types],
        "score": candidate.score,
        "match": candidate.is_match,
        "features": [{"id": name, "value": value} for name, value in candidate.features.items()],
    }
