"""Behind a proxy every address that the server writes is the public one, by both ways of serving."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from iprgraph.errors import UsageError
from iprgraph.release.release import Release
from iprgraph_server.settings import OWN_PATHS, Settings
from support.proxied import ASK, BROWSER, SPOOFED, TOKEN, Ask, ProxiedReply, asking, proxied_app

MOMENT = "Thu, 16 Dec 2021 00:00:00 GMT"

PAGES = (
    "/", "/page/organization/school", "/page/claim/school-rooms", "/page/claim/", "/query", "/downloads/",
    "/releases/", "/search?q=school", "/quality", "/ontology", "/shapes", "/problems/", "/nothing",
    "/linksets/", "/speakers", "/settings", ASK, f"{ASK}&lang=zh", "/page/claim/school-pupils",
    "/report?about=https://w3id.org/iprgraph/id/organization/school",
)  # fmt: skip
DOCUMENTS = (
    ("/sparql", "text/turtle"), (ASK, "text/csv"), ("/reconcile", ""), ("/openapi.json", ""),
    ("/reconcile/view?id=organization/school", ""), ("/reconcile/preview?id=organization/school", ""),
    ("/id/organization/school", BROWSER), ("/id/organization/school", "text/turtle"),
    ("/data/organization/school", "text/turtle"), ("/data/dataset", "text/turtle"), ("/void", ""),
    ("/signposts/organization/school.json", ""), ("/signposts/dataset.txt", ""),
    ("/timemap/link/id/organization/school", ""), ("/timemap/json/id/organization/school", ""),
    ("/releases/", "application/json"), ("/search?q=school", "application/json"), ("/sparql", BROWSER),
    ("/graph/inferred", "text/turtle"), ("/downloads/iprgraph.nq", ""), ("/robots.txt", ""),
    ("/linksets", "text/turtle"), ("/cite/organization/school?format=csl", ""),
    ("/page/claim", BROWSER), ("/nothing", ""),
)  # fmt: skip


@pytest.fixture(
    scope="module", params=["https://graph.example.org", "https://graph.example.org/sub/path"]
)
def public(request: pytest.FixtureRequest) -> str:
    """Return a public address."""
    return str(request.param)


@pytest.fixture(scope="module")
def app(
    public: str, history: list[Release], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Return the app of three releases at a public address."""
    with proxied_app(history, tmp_path_factory.mktemp("public"), public_url=public) as made:
        yield made


@pytest.fixture(scope="module", params=["Flask", "ASGI"])
def ask(request: pytest.FixtureRequest, app: Any) -> Iterator[Ask]:
    """Return what asks the app, in one of the two ways, as a proxy does."""
    with asking(request.param, app) as made:
        yield made


def _check(reply: ProxiedReply, path: str, public: str) -> set[str]:
    """Check that no address is another's; return those of the server within it."""
    everything = "\n".join([*(value for _, value in reply.headers), reply.text])
    for other in ("127.0.0.1", "localhost:", "http://graph.example.org"):
        assert other not in everything, (path, other)
    root = urlsplit(public).path
    here = public + path
    own = set()
    for address in reply.addresses():
        absolute = urljoin(here, address)
        if urlsplit(absolute).netloc == "graph.example.org":
            assert absolute == public or absolute.startswith(f"{public}/"), (path, address)
            own.add(absolute.removeprefix(public) or "/")
        assert not root or not address.startswith("/") or address.startswith(root), (path, address)
    return own


@pytest.mark.parametrize("path", PAGES)
def test_pages_lead_to_the_public_address(ask: Ask, public: str, path: str) -> None:
    reply = ask(path, accept=BROWSER)
    own = _check(reply, path, public)
    assert own


@pytest.mark.parametrize(("path", "accept"), DOCUMENTS)
def test_documents_name_the_public_address(ask: Ask, public: str, path: str, accept: str) -> None:
    reply = ask(path, **({"accept": accept} if accept else {}))
    assert reply.status < 400 or path == "/nothing"
    _check(reply, path, public)


def test_every_link_leads_somewhere(ask: Ask, public: str, history: list[Release]) -> None:
    older = f"/releases/{history[0].id}"
    pages = (*PAGES, older + "/", f"{older}/page/organization/school", f"{older}/page/claim/")
    pages += (f"{older}/diff/{history[1].id}", f"{older}/query", f"{older}/nothing")
    missing = ("/nothing", f"{older}/nothing", "/page/claim/school-pupils")
    paths: dict[str, str] = {}
    for page in pages:
        for path in _check(ask(page, accept=BROWSER), page, public):
            paths.setdefault(path.partition("#")[0], page)
    assert len(paths) > 100
    broken = {}
    for number, (path, page) in enumerate(sorted(paths.items())):
        if path.startswith("/why?") and number % 10:
            continue
        # The proxy strips the prefix from some of them, as it may.
        asked = urlsplit(public).path + path if number % 2 else path
        reply = ask(asked, accept=BROWSER)
        # The small content names things of which it says nothing, and a page links itself.
        is_missing = "Nothing is known about" in reply.text or path.startswith(missing)
        if reply.status not in {200, 302, 303, 307} and not is_missing:
            broken[path] = (reply.status, page)
    assert broken == {}


def test_redirects_lead_to_the_public_address(
    ask: Ask, public: str, history: list[Release]
) -> None:
    root = urlsplit(public).path
    dated = {"accept": BROWSER, "accept_datetime": MOMENT}
    older = f"{root}/releases/{history[1].id}"
    reply = ask("/page/organization/school", **dated)
    assert (reply.status, reply.header("location")) == (302, f"{older}/page/organization/school")
    assert f"<{public}/timemap/link/page" in ask("/page/organization/school").header("link")
    reply = ask(ASK, **dated)
    assert (reply.status, reply.header("location")) == (302, f"{root}{ASK}&release={history[1].id}")
    assert ask("/sparql", accept=BROWSER).header("location") == f"{root}/query"
    reply = ask(f"/releases/{history[0].id}/sparql?query=ASK%7B%7D")
    assert reply.status == 307 and urljoin(public, reply.header("location")).startswith(
        f"{public}/sparql?"
    )
    reply = ask("/data/organization/school", accept_datetime=MOMENT)
    assert reply.header("location") == f"{older}/data/organization/school"
    # What the framework itself redirects.
    reply = ask("/downloads", accept=BROWSER)
    assert urljoin(public, reply.header("location")) == f"{public}/downloads/"


def test_documents_say_where_the_server_is(ask: Ask, public: str, history: list[Release]) -> None:
    assert f"<{public}/sparql> a sd:Service" in ask("/sparql", accept="text/turtle").text
    manifest = json.loads(ask("/reconcile").text)
    assert manifest["view"]["url"] == public + "/reconcile/view?id={{id}}"
    assert manifest["documentation"] == f"{public}/"
    assert json.loads(ask("/openapi.json").text)["servers"] == [{"url": public}]
    timemap = json.loads(ask("/timemap/json/id/organization/school").text)
    assert timemap["original_uri"] == f"{public}/id/organization/school"
    assert timemap["mementos"]["first"]["uri"].startswith(f"{public}/releases/{history[0].id}/id/")
    anchors = {
        c["anchor"] for c in json.loads(ask("/signposts/organization/school.json").text)["linkset"]
    }
    assert f"{public}/page/organization/school" in anchors
    assert all(anchor.startswith(f"{public}/") for anchor in anchors)
    config = re.search(
        r'<script id="config"[^>]*>(.*?)</script>', ask("/query", accept=BROWSER).text
    )
    assert config and json.loads(config[1])["url"] == f"{public}/sparql"
    found = json.loads(ask("/search?q=school", accept="application/json").text)["results"]
    assert found and all(one["url"].startswith(f"{urlsplit(public).path}/page/") for one in found)


def test_a_citation_has_the_public_address(ask: Ask, public: str) -> None:
    reply = ask(
        "/cite?query=SELECT+*+%7B+organization:school+%3Fp+%3Fo+%7D", accept="application/json"
    )
    assert reply.status == 303
    path = urljoin(public, reply.header("location")).removeprefix(public)
    for accept in ("application/json", BROWSER, "application/x-bibtex"):
        shown = ask(path, accept=accept)
        _check(shown, path, public)
        assert public + path in unescape(shown.text)


def test_writes_name_the_public_address(ask: Ask, public: str) -> None:
    named = {"content_type": "text/turtle", "authorization": f"Bearer {TOKEN}"}
    body = b"<#here> a <urn:a:kind> ."
    created = ask("/graph-store", "POST", body, **named)
    assert created.status == 201
    address = created.header("location")
    assert address.startswith(f"{public}/graph-store/")
    stored = ask(address.removeprefix(public), accept="text/turtle")
    assert stored.status == 200 and f"<{address}#here>" in stored.text
    assert ask(address.removeprefix(public), "DELETE", **named).status == 204


def test_nothing_a_client_says_is_believed_without_trust(ask: Ask, public: str) -> None:
    for spoofed in SPOOFED:
        for path in ("/", "/query", "/timemap/json/id/organization/school", ASK):
            _check(ask(path, accept=BROWSER, **spoofed), path, public)


def test_a_path_that_is_one_of_the_server_s_own_is_refused(app: Any) -> None:
    firsts = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    # Those that a converter reads are ontology and shapes.
    assert {name for name in firsts if name and "<" not in name} <= OWN_PATHS
    for path in ("graph", "data/here", "sparql"):
        with pytest.raises(UsageError, match=r"begins as .* own"):
            Settings(public_url=f"https://example.org/{path}")
