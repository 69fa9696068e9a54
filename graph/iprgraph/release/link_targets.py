"""The datasets that our links lead to: what each is called, and how its IRIs begin."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

import pyoxigraph as ox


class LinkTarget(NamedTuple):
    """A dataset that links lead to; ``prefix`` stands for ``space`` in compact IRIs."""

    slug: str
    title: dict[str, str]
    prefix: str
    space: str
    homepage: str
    #: The Wikidata property whose values, put behind the space, give the same IRIs.
    identifier: str = ""


def _target(
    slug: str, en: str, zh: str, prefix: str, space: str, homepage: str, identifier: str = ""
) -> LinkTarget:
    return LinkTarget(slug, {"en": en, "zh": zh}, prefix, space, homepage, identifier)


#: In the order of pages; where two spaces begin alike, the longer one comes first.
TARGETS = (
    _target(
        "wikidata", "Wikidata", "维基数据",
        "wd", "http://www.wikidata.org/entity/", "https://www.wikidata.org/",
    ),
    _target(
        "wikidata-properties", "Wikidata properties", "维基数据属性",
        "wdt", "http://www.wikidata.org/prop/direct/", "https://www.wikidata.org/",
    ),
    _target(
        "geonames", "GeoNames", "GeoNames 地名库",
        "geonames", "https://sws.geonames.org/", "https://sws.geonames.org/", "P1566",
    ),
    _target(
        "ror", "Research Organization Registry (ROR)", "研究机构注册库（ROR）",
        "ror", "https://ror.org/", "https://ror.org/", "P6782",
    ),
    _target(
        "isni", "International Standard Name Identifier (ISNI)", "国际标准名称标识符（ISNI）",
        "isni", "https://isni.org/isni/", "https://isni.org/", "P213",
    ),
    _target(
        "eurovoc", "EuroVoc", "EuroVoc 主题词表",
        "eurovoc", "http://eurovoc.europa.eu/", "https://eurovoc.europa.eu/", "P5437",
    ),
    _target(
        "eu-authorities", "EU authority tables", "欧盟规范表",
        "euauthority", "http://publications.europa.eu/resource/authority/",
        "https://publications.europa.eu/",
    ),
    _target(
        "dbpedia", "DBpedia", "DBpedia 知识库",
        "dbr", "http://dbpedia.org/resource/", "https://dbpedia.org/",
    ),
    _target(
        "wikipedia", "English Wikipedia", "英文维基百科",
        "enwiki", "https://en.wikipedia.org/wiki/", "https://en.wikipedia.org/",
    ),
    _target(
        "loc", "Library of Congress authorities", "美国国会图书馆规范数据",
        "loc", "http://id.loc.gov/authorities/", "https://id.loc.gov/",
    ),
    _target(
        "qudt", "QUDT units", "QUDT 计量单位",
        "unit", "http://qudt.org/vocab/unit/", "https://qudt.org/",
    ),
    _target(
        "om", "Ontology of units of Measure", "计量单位本体（OM）",
        "om", "http://www.ontology-of-units-of-measure.org/resource/om-2/",
        "https://www.ontology-of-units-of-measure.org/",
    ),
    _target(
        "wipo-lex", "WIPO Lex", "WIPO Lex 法律库",
        "wipolex", "https://www.wipo.int/wipolex/en/legislation/details/",
        "https://www.wipo.int/wipolex/",
    ),
)  # fmt: skip


def target_of(iri: str) -> LinkTarget:
    """Return the dataset that an IRI belongs to: a known one, or one named after its host."""
    for target in TARGETS:
        if iri.startswith(target.space):
            return target
    parts = urlsplit(iri)
    host = parts.hostname or parts.scheme
    slug = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")
    space = f"{parts.scheme}://{parts.netloc}/" if parts.netloc else f"{parts.scheme}:"
    return LinkTarget(slug, dict.fromkeys(("en", "zh"), host), slug, space, f"https://{host}/")


def compact(node: ox.NamedNode) -> str:
    """Return an IRI of a target as a compact IRI with the target's prefix."""
    target = target_of(node.value)
    return f"{target.prefix}:{node.value.removeprefix(target.space)}"
