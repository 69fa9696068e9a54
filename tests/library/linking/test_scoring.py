"""What speaks for and against a link, weighed; names that are alike."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from generate import agents
from iprgraph.linking.candidates import propose
from iprgraph.linking.entities import LinkEntity, collect
from iprgraph.linking.name_similarity import Rarity, keys, likeness, spell, spellings
from iprgraph.linking.target_dataset import TargetFile
from iprgraph.namespaces import ID
from support.linking import THEIRS, none, reasons


def things(lines: str) -> list[LinkEntity]:
    prefixes = THEIRS.partition("\n:")[0]
    parsed = ox.parse(f"{prefixes}\n{lines}".encode(), ox.RdfFormat.TURTLE)
    return list(collect((q.subject.value, q.predicate.value, q.object) for q in parsed).values())  # type: ignore[union-attr]


def weighed(tmp_path: Path, one: str, other: str) -> dict[str, float]:
    """Weigh :a of our lines with the first that their lines propose."""
    path = tmp_path / "t.ttl"
    path.write_text(THEIRS.partition("\n:")[0] + "\n" + other, "utf-8")
    pairs = propose(things(one), TargetFile(path), none, least=0.0)
    assert pairs, (one, other)
    return reasons(pairs[0]) | {"score": pairs[0].score}


@pytest.mark.parametrize(
    ("one", "other", "reason", "is_for"),
    [
        ('skos:exactMatch <https://ror.org/02fzqav45>', 'schema:identifier "02fzqav45"', "identifier", True),
        ('skos:exactMatch <https://ror.org/02fzqav45>', 'schema:sameAs <https://ror.org/008zm7t63>', "identifier differs", False),
        ('skos:notation "iso3166-1:CHN"', 'skos:notation "CHN"', "code", True),
        ("a schema:Person", "a foaf:Person", "kind", True),
        ("a schema:Person", "a dbo:Company", "kind differs", False),
        ("a dbo:Country", "a dbo:City", "kind differs", False),
        ('schema:foundingDate "1970-04-26"', 'dbo:foundingYear "1970"', "year of founding", True),
        ('schema:foundingDate "1970"', 'dbo:foundingYear "1980"', "year of founding differs", False),
        ('rdfs:label "国务院"@zh', 'rdfs:label "国务院"@zh', "other script", True),
        ('rdfs:label "国务院"@zh', 'rdfs:label "外交部"@zh', "other script", False),
    ],
)  # fmt: skip
def test_each_reason_speaks_for_or_against(
    tmp_path: Path, one: str, other: str, reason: str, is_for: bool
) -> None:
    name = 'rdfs:label "Hill School of Design"'
    plain = weighed(tmp_path, f":a {name} .", f":b {name} .")
    found = weighed(tmp_path, f":a {name} ; {one} .", f":b {name} ; {other} .")
    assert (found[reason] > 0) is is_for
    assert (found["score"] > plain["score"]) is is_for


def test_neighbours_and_namesakes_count(tmp_path: Path) -> None:
    lines = ':NAME rdfs:label "Bureau of Patents" ; :part :NAME-up . :NAME-up rdfs:label "High Council" .'
    theirs = lines.replace("NAME", "b") + ' :c rdfs:label "Bureau of Patents" .'
    found = weighed(tmp_path, lines.replace("NAME", "a"), theirs)
    assert found["neighbours"] > 0 > found["namesakes"]


def test_names_are_alike_or_not() -> None:
    rarity = Rarity({}, 100)

    def alike(one: str, other: str) -> float:
        pairs = [(a, b) for a in spellings(one, "label") for b in spellings(other, "label")]
        met = [likeness(a, b, rarity) for a, b in pairs if set(keys(a)) & set(keys(b))]
        return max(met, default=0.0)

    assert alike("汪文斌", "Wang Wenbin") == alike("汪文斌", "Wenbin Wang") == 0.9
    assert alike("World Intellectual Property Organization", "WIPO") == 0.9
    assert alike("Korea, Republic of", "Republic of Korea") == 1.0
    assert alike("Falkland Islands (Malvinas)", "Falkland Islands") == 0.95
    assert alike("Intellectual Property Office", "Intelectual Property Office") > 0.9
    assert alike("Patent Office 1234", "Patent Office 1235") < 0.5
    assert alike("Patent Office", "国务院") == alike("", "x") == 0.0
    assert spell("!?", "label") is None


def test_things_are_found_among_many_like_them(tmp_path: Path) -> None:
    path = tmp_path / "many.nq"
    lines = [line.replace(ID.iri, "https://other.example/") for line in agents(1_200)]
    path.write_text("".join(lines).replace(" Office ", " Ofice "), "utf-8")
    quads = [q for line in agents(400) for q in ox.parse(line.encode(), ox.RdfFormat.N_QUADS)]
    own = collect((q.subject.value, q.predicate.value, q.object) for q in quads)  # type: ignore[union-attr]
    pairs = propose(own.values(), TargetFile(path), none)
    right = [p for p in pairs if p.ours.iri.rpartition("/")[2] == p.theirs.iri.rpartition("/")[2]]
    assert len(right) == len(pairs) > 395
