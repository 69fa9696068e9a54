"""What the operator sees: metrics, settings, and the log."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from urllib.parse import urlencode

from prometheus_client.parser import text_string_to_metric_families

from iprgraph_server.settings import SETTINGS
from support.client import Client
from support.serving import serving, small_release


def samples(client: Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    reply = client.get("/metrics")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def requests(client: Client, **labels: str) -> float:
    """Count the requests that have these labels."""
    return sum(
        value
        for (name, found), value in samples(client).items()
        if name == "iprgraph_requests_total" and labels.items() <= dict(found).items()
    )


def test_requests_are_counted_by_outcome(small_client: Client) -> None:
    query = "ASK { <urn:count:me> ?p ?o }"
    before = {
        outcome: requests(small_client, route="sparql", outcome=outcome)
        for outcome in ("done", "cached", "syntax", "not-modified", "method-not-allowed")
    }
    tag = small_client.query(query).headers["etag"]
    small_client.query(query)
    small_client.query("ASK")
    small_client("DELETE", "/sparql")
    small_client("GET", "/sparql?query=ASK%7B%7D&m=1", headers={"if-none-match": "*"})
    assert tag
    after = {outcome: requests(small_client, route="sparql", outcome=outcome) for outcome in before}
    assert {outcome: after[outcome] - before[outcome] for outcome in before} == dict.fromkeys(
        before, 1
    )


def test_latencies_are_histograms(small_client: Client) -> None:
    small_client.query("ASK {}")
    names = {name for name, _ in samples(small_client)}
    assert {
        "iprgraph_request_seconds_bucket",
        "iprgraph_request_seconds_count",
        "iprgraph_evaluation_seconds_bucket",
        "iprgraph_sent_bytes_total",
        "iprgraph_cache_bytes",
        "iprgraph_cache_answers",
        "iprgraph_workers_busy",
        "iprgraph_workers_ended_total",
        "process_resident_memory_bytes",
    } <= names


def test_the_release_is_named(small_client: Client) -> None:
    (labels,) = [
        dict(found) for name, found in samples(small_client) if name == "iprgraph_release_info"
    ]
    assert labels["id"].startswith("0.0.1-")


def test_settings_are_shown(small_client: Client) -> None:
    shown = {row["name"]: row for row in small_client.get("/settings").json()["settings"]}
    assert set(shown) == {setting.name for setting in SETTINGS if setting.unit != "path"}
    for setting in SETTINGS:
        if setting.name in shown:
            assert shown[setting.name]["help"] == setting.help
    page = small_client.get("/settings", "text/html").text
    assert all(f"<code>{name}</code>" in page for name in shown)


def test_the_log_has_what_went_wrong_and_what_was_slow(tmp_path: Path) -> None:
    release = small_release(tmp_path / "release")
    with serving(release, tmp_path, "--slow-query", "0") as running:
        client = running.client()
        fine = client.query("ASK { <urn:slow:one> ?p ?o }").headers["x-request-id"]
        wrong = client.query("ASK {").headers["x-request-id"]
        client.query("ASK { <urn:slow:one> ?p ?o }")
        client.close()
    # What is still to be written when the server is told to end is written.
    lines = running.log_lines()
    assert all({"time", "event"} <= line.keys() for line in lines)
    (slow,) = [s for s in lines if s["event"] == "slow-query" and s["request"] == fine]
    assert slow["job"] == "ASK { <urn:slow:one> ?p ?o }"
    (bad,) = [s for s in lines if s["event"] == "request" and s["request"] == wrong]
    assert (bad["status"], bad["outcome"], bad["method"], bad["path"]) == (
        400, "syntax", "GET", "/sparql",
    )  # fmt: skip


def test_a_client_that_has_gone_ends_its_query(small_client: Client) -> None:
    runaway = "SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f . ?g ?s ?h . ?i ?t ?j }"

    def wait_until_busy(workers: int) -> None:
        deadline = time.monotonic() + 10
        while samples(small_client)["iprgraph_workers_busy", frozenset()] != workers:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    before = requests(small_client, route="sparql", outcome="abandoned")
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", small_client.port)) as gone:
            target = f"/sparql?{urlencode({'query': runaway})}"
            gone.sendall(f"GET {target} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            wait_until_busy(1)
        wait_until_busy(0)
    assert requests(small_client, route="sparql", outcome="abandoned") == before + 3
