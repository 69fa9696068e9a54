"""Write candidates as each version has them."""

from __future__ import annotations

from typing import Any

from iprgraph.reconciliation.matching import Candidate
from iprgraph.reconciliation.queries import Asked
from iprgraph.reconciliation.suggest import Suggest, notable
from iprgraph.search.vocabulary import expand

#: Feature -> what people call it.
_NAMES = {
    "name": {"en": "Likeness of the name", "zh": "名称相似度"},
    "exact": {"en": "Same name", "zh": "名称相同"},
    "id": {"en": "Same identifier", "zh": "标识符相同"},
    "type": {"en": "Of a type asked for", "zh": "类型相符"},
}


def results(
    asked: dict[str, Asked], found: list[list[Candidate]], suggest: Suggest, language: str
) -> dict[str, Any]:
    """Write the result batch of version 0.2."""
    return {
        key: {
            "result": [
                {
                    **_candidate(one, suggest, language),
                    "features": [{"id": key, "value": v} for key, v in one.features.items()],
                }
                for one in candidates
            ]
        }
        for key, candidates in zip(asked, found, strict=True)
    }


def draft_results(
    asked: list[Asked], found: list[list[Candidate]], suggest: Suggest, language: str
) -> dict[str, Any]:
    """Write the result batch of the draft; a query may ask for a language of its own."""
    batch = []
    for query, candidates in zip(asked, found, strict=True):
        spoken = query.language.partition("-")[0].lower()
        spoken = spoken if spoken in ("en", "zh") else language
        written = [
            {
                **_candidate(one, suggest, spoken),
                "features": [
                    {"id": key, "name": _feature(key, suggest, spoken), "value": value}
                    for key, value in one.features.items()
                ],
                "lang": spoken,
            }
            for one in candidates
        ]
        batch.append({"candidates": written})
    return {"results": batch}


def _candidate(one: Candidate, suggest: Suggest, language: str) -> dict[str, Any]:
    types = [suggest.term(name, language) for name in notable(one.thing)]
    return {
        **suggest.thing(one.thing, language),
        "type": [{"id": t["id"], "name": t["name"]} for t in types],
        "score": one.score,
        "match": one.is_match,
    }


def _feature(id: str, suggest: Suggest, language: str) -> str:
    if id in _NAMES:
        return _NAMES[id][language]
    return str(suggest.term(expand(id.removeprefix("property:")), language)["name"])
