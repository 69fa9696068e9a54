"""Links to other datasets: what is proposed and why, what is decided and kept, where it is read from."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from iprgraph.errors import DataError, UsageError
from iprgraph.linking import target_dataset
from iprgraph.linking.candidates import propose
from iprgraph.linking.decisions import COLUMNS, Decisions
from iprgraph.linking.entities import LinkEntity, our_entities
from iprgraph.linking.target_dataset import TargetEndpoint, TargetFile, open_target
from iprgraph.namespaces import ID
from iprgraph.release.release import Release
from support.client import Client
from support.linking import THEIRS, by_theirs, none, reasons

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def target_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("link") / "theirs.ttl"
    path.write_text(THEIRS, "utf-8")
    return path


@pytest.fixture(scope="module")
def our_things(release: Release) -> list[LinkEntity]:
    return our_entities(release)


def test_links_are_proposed_with_their_reasons(
    our_things: list[LinkEntity], target_file: Path
) -> None:
    pairs = propose(our_things, TargetFile(target_file), none)
    found = by_theirs(pairs)
    assert {name: pair.ours.iri.removeprefix(ID.iri) for name, pair in found.items()} == {
        "ministry": "organization/ministry-of-foreign-affairs",
        "wang": "person/wang-wenbin",
        "tang": "person/daren-tang",
        "pct": "treaty/patent-cooperation-treaty",
        "nations": "organization/united-nations",
    }
    assert [p.score for p in pairs] == sorted((p.score for p in pairs), reverse=True)
    assert {"name", "year of birth", "kind"} <= reasons(found["wang"]).keys()
    assert reasons(found["ministry"])["other script"] > 0
    assert all(0.5 <= pair.score <= 1 for pair in pairs)
    told = found["wang"].why
    assert "name +" in told and "Wang Wenbin = Wenbin Wang" in told and "both 1971" in told


def test_what_speaks_against_keeps_a_pair_out(
    our_things: list[LinkEntity], target_file: Path
) -> None:
    found = by_theirs(propose(our_things, TargetFile(target_file), none, least=0.0))
    for name in ("city", "gurry"):
        if name in found:
            assert reasons(found[name])["kind differs"] < -3 and found[name].score < 0.3
    assert "russia" not in found


def test_what_is_linked_or_decided_is_not_proposed(
    our_things: list[LinkEntity], tmp_path: Path, target_file: Path
) -> None:
    same = tmp_path / "same.nt"
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    same.write_text(f'<http://www.wikidata.org/entity/Q177773> {label} "WIPO" .\n')
    assert propose(our_things, TargetFile(same), none) == []
    decided = by_theirs(
        propose(our_things, TargetFile(target_file), lambda _, iri: iri.endswith("wang"))
    )
    assert "wang" not in decided and "tang" in decided


def test_decisions_are_kept_and_never_asked_again(
    iprgraph: Run, release: Release, target_file: Path, tmp_path: Path
) -> None:
    table = tmp_path / "decisions.sssom.tsv"
    asked = ("link", "--target", target_file, "--release", release.dir, "--decisions", table)
    seen = iprgraph(*asked)
    assert seen.returncode == 0, seen.stderr
    assert "5 proposed, 0 accepted" in seen.stdout and not table.exists()
    assert "name: Wang Wenbin = Wenbin Wang, 1.00" in seen.stdout
    taken = iprgraph(*asked, "--accept", "0.99", "--by", "A Curator", "--format", "json")
    found = json.loads(taken.stdout)
    accepted = [one for one in found if one["accepted"]]
    assert accepted and all(one["score"] >= 0.99 and one["features"] for one in accepted)
    left = 5 - len(accepted)
    talk = subprocess.run(
        [sys.executable, "-m", "iprgraph", *map(str, asked), "--review", "--by", "B"],
        input="n\ny\nq\n", capture_output=True, text=True,
    )  # fmt: skip
    assert f"{left} proposed, 1 accepted" in talk.stdout, talk.stdout + talk.stderr
    rows = list(csv.DictReader(
        [line for line in table.read_text("utf-8").splitlines() if line[0] != "#"], delimiter="\t"
    ))  # fmt: skip
    assert tuple(rows[0]) == COLUMNS
    assert [row["predicate_modifier"] for row in rows] == [""] * len(accepted) + ["Not", ""]
    assert {row["author_label"] for row in rows} == {"A Curator", "B"}
    assert rows[0]["mapping_justification"] == "semapv:LexicalMatching"
    assert rows[-1]["mapping_justification"] == "semapv:ManualMappingCuration"
    assert all(row["comment"] and row["mapping_date"] for row in rows)
    again = iprgraph(*asked)
    assert f"{left - 2} proposed, 0 accepted" in again.stdout
    with warnings.catch_warnings():
        # The reference library warns of a pandas option that it sets itself.
        warnings.simplefilter("ignore")
        from sssom.parsers import parse_sssom_table
        from sssom.validators import validate

        mappings = parse_sssom_table(str(table))
        assert len(mappings.df) == len(rows)
        assert [r.results for r in validate(mappings).values()] == [[], [], []]


def test_only_things_of_a_type_are_linked(
    iprgraph: Run, release: Release, target_file: Path
) -> None:
    asked = ("link", "--target", target_file, "--release", release.dir)
    assert "2 proposed" in iprgraph(*asked, "--type", "person").stdout
    assert "1 proposed" in iprgraph(*asked, "--type", "ipr:Treaty").stdout
    wrong = iprgraph(*asked, "--type", "nothing")
    assert wrong.returncode == 2 and "there is no thing of the type" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "absent.ttl"], "there is no such file"),
        (["--target", "notes.pdf"], "not an RDF file name"),
        (["--target", "absent.ttl", "--least", "2"], "--least: 2 is out of range"),
        (["--target", "absent.ttl", "--review", "--format", "json"], "leave --format json out"),
        (["--target", "http://127.0.0.1:1/sparql"], "gave no answer for the page of names"),
    ],
)
def test_a_call_that_cannot_work_says_why(
    iprgraph: Run, release: Release, arguments: list[str], said: str
) -> None:
    failed = iprgraph("link", *arguments, "--release", release.dir)
    assert failed.returncode in (1, 2) and said in failed.stderr
    assert "Traceback" not in failed.stderr


def test_files_come_in_all_syntaxes(tmp_path: Path, target_file: Path) -> None:
    packed = tmp_path / "theirs.ttl.gz"
    packed.write_bytes(gzip.compress(target_file.read_bytes()))
    assert list(TargetFile(packed).names()) == list(TargetFile(target_file).names()) != []
    broken = tmp_path / "broken.nt"
    broken.write_text("<urn:a> <urn:b> \n")
    with pytest.raises(DataError, match=r"broken\.nt"):
        list(TargetFile(broken).names())
    with pytest.raises(UsageError):
        open_target("theirs.csv")
    table = tmp_path / "wrong.tsv"
    table.write_text("a\tb\n1\t2\n")
    with pytest.raises(DataError, match="it is no SSSOM table"):
        Decisions(table)


def test_an_endpoint_is_read_in_pages(
    writable_client: Client,
    our_things: list[LinkEntity],
    target_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put = writable_client.put("/graph-store?graph=urn:g", target_file.read_bytes())
    assert put.status in (200, 201, 204), put.text
    monkeypatch.setattr(target_dataset, "PAGE", 3)
    endpoint = TargetEndpoint(f"{writable_client.base}/sparql")
    assert {t[0] for t in endpoint.names()} == {t[0] for t in TargetFile(target_file).names()}
    from_file = {
        (p.ours.iri, p.theirs.iri) for p in propose(our_things, TargetFile(target_file), none)
    }
    assert {(p.ours.iri, p.theirs.iri) for p in propose(our_things, endpoint, none)} == from_file


class Answers(BaseHTTPRequestHandler):
    """Answer in turn with what the server was given."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        status, body = self.server.answers.pop(0)  # type: ignore[attr-defined]
        self.send_response(status)
        self.send_header("retry-after", "0")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def scripted_peer() -> Iterator[HTTPServer]:
    """Serve whatever answers a test wants."""
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([(404, b"nothing here")], "answered 404 Not Found for the page of names from the first: nothing here"),
        ([(200, b"<html>")], "did not answer with SPARQL results in JSON"),
        ([(200, b'{"boolean": true}')], "is it the address of a SPARQL endpoint?"),
        ([(503, b"")] * 3, "answered 503"),
        ([(200, b" " * 2_000)], "more than 1,000 bytes"),
    ],
)  # fmt: skip
def test_an_endpoint_that_fails_is_told_of(
    scripted_peer: HTTPServer,
    answers: list[tuple[int, bytes]],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(target_dataset, "_MOST_BYTES", 1_000)
    scripted_peer.answers = answers  # type: ignore[attr-defined]
    with pytest.raises(DataError) as caught:
        list(TargetEndpoint(f"http://127.0.0.1:{scripted_peer.server_port}/sparql").names())
    assert said in str(caught.value)


def test_an_endpoint_that_is_busy_is_asked_again(scripted_peer: HTTPServer) -> None:
    row = {"s": {"type": "uri", "value": "urn:a"}, "p": {"type": "uri", "value": "urn:p"},
           "o": {"type": "literal", "value": "A", "xml:lang": "en"}}  # fmt: skip
    body = json.dumps({"results": {"bindings": [row]}}).encode()
    scripted_peer.answers = [(503, b""), (429, b""), (200, body)]  # type: ignore[attr-defined]
    [triple] = TargetEndpoint(f"http://127.0.0.1:{scripted_peer.server_port}/sparql").names()
    assert triple[:2] == ("urn:a", "urn:p")
