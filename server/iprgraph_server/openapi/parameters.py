"""The parameters of addresses: their schemas, descriptions and examples."""

from __future__ import annotations

from typing import Any

from iprgraph.namespaces import BASE

_TEXT = {"type": "string"}

#: The query of the citation that serves as an example.
QUERY_EXAMPLE = "ASK {}"

#: Query parameters by name: schema, description, example.
QUERY_PARAMETERS: dict[str, tuple[dict[str, Any], str, Any]] = {
    "lang": ({"enum": ["en", "zh"]}, "Language of names and texts.", "en"),
    "infer": ({"enum": ["true", "false"]}, "Whether what is inferred is there.", "false"),
    "with-graph": ({"enum": ["true", "false", "1", "0"]}, "Whether the graph is beside the document.", "false"),
    "prefix": (_TEXT, "What was typed so far.", "wip"),
    "id": (_TEXT, "What a thing is called in matches.", "organization/wipo"),
    "page": ({"type": "integer", "minimum": 1, "maximum": 1000}, "Which page, from 1.", 1),
    "limit": ({"type": "integer", "minimum": 1, "maximum": 100}, "Results to a page.", 8),
    "q": ({"type": "string", "minLength": 1, "maxLength": 200}, "Words, beginnings, acronyms, identifiers.", "wipo"),
    "type": (_TEXT, "A class, such as `ipr:Treaty`; searches take a kind too, such as `treaty`.", "ipr:Organization"),
    "subject": (_TEXT, "The triple's subject: an IRI, a prefixed name.", "organization:wipo"),
    "predicate": (_TEXT, "The triple's predicate.", "rdf:type"),
    "object": (_TEXT, "The triple's object: an IRI, a prefixed name, or a literal as in N-Triples.", "prov:Agent"),
    "most": ({"type": "integer", "minimum": 1, "maximum": 10}, "Most proofs given.", 1),
    "query": (_TEXT, "The query whose answer is cited.", QUERY_EXAMPLE),
    "release": (_TEXT, "The id of the release that is asked; the newest unless given.", None),
    "about": (_TEXT, "The IRI of the thing the report is about.", f"{BASE}id/organization/wipo"),
}  # fmt: skip

#: A claim with a passage, a check and a nanopublication.
CLAIM_EXAMPLE = "gt1238517-gii-rank"

#: Examples of the parts of paths.
PATH_EXAMPLES = {
    "kind": "organization",
    "slug": "wipo",
    "suffix": "ttl",
    "version": "1.0.0",
    "shape": "name-once",
    "form": "json",
    "original": "id/organization/wipo",
    "name": "ontology",
}
