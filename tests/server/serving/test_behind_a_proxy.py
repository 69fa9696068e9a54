"""Behind a proxy every address that the server writes is the public one, by both ways of serving."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import pytest

from iprgraph.errors import UsageError
from iprgraph.release.release import Release
from iprgraph_server.app import create_app
from iprgraph_server.settings import OWN_PATHS, Settings
from support.asgi import asgi_client

TOKEN = "a-token"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
#: What the proxy asks: itself, and not the host that the client named.
UPSTREAM = "127.0.0.1:8000"
MOMENT = "Thu, 16 Dec 2021 00:00:00 GMT"
ASK = f"/sparql?query={quote('SELECT * { organization:school ?p ?o }')}"

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


class Reply(NamedTuple):
    """An answer, with its addresses."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")

    def addresses(self) -> set[str]:
        """Return the addresses in the headers and in the HTML."""
        names = {"location", "content-location"}
        found = {value for key, value in self.headers if key.lower() in names}
        for key, value in self.headers:
            if key.lower() == "link":
                found.update(re.findall(r"<([^>]+)>;", value))
        if "text/html" in self.header("content-type"):
            attributes = re.findall(r'\s(?:href|src|action)="([^"#][^"]*)"', self.text)
            found.update(map(unescape, attributes))
        return found


Ask = Callable[..., Reply]


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
    with _app(history, tmp_path_factory.mktemp("public"), public_url=public) as made:
        yield made


@pytest.fixture(scope="module", params=["Flask", "ASGI"])
def ask(request: pytest.FixtureRequest, app: Any) -> Iterator[Ask]:
    """Return what asks the app, in one of the two ways, as a proxy does."""
    with _asking(request.param, app) as made:
        yield made


@contextmanager
def _app(history: list[Release], folder: Path, **settings: Any) -> Iterator[Any]:
    settings |= {"journal": str(folder), "workers": 1, "older_releases": 1}
    made = create_app(history[-1].dir.parent, token=TOKEN, **settings)
    yield made
    made.extensions["graph_host"].close()


@contextmanager
def _asking(way: str, app: Any) -> Iterator[Ask]:
    """Return what sends an app requests, by one way of serving."""

    def ask(path: str, method: str = "GET", body: bytes = b"", **named: str) -> Reply:
        headers = {"host": UPSTREAM} | {k.replace("_", "-"): v for k, v in named.items()}
        if way == "Flask":
            reply = app.test_client().open(path, method=method, data=body, headers=headers)
            fields = list(reply.headers.items())
            status, data = reply.status_code, reply.get_data()
            reply.close()
        else:
            status, fields, data = client(method, path, headers, body)
        return Reply(status, fields, data.decode("utf-8", "replace"))

    with asgi_client(app) as client:
        yield ask


def _check(reply: Reply, path: str, public: str) -> set[str]:
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


SPOOFED = (
    {
        "x_forwarded_host": "evil.example", "x_forwarded_proto": "https", "x_forwarded_for": "192.0.2.7",
        "x_forwarded_prefix": "/evil", "x_forwarded_port": "666",
    },
    {"forwarded": "for=192.0.2.7;proto=https;host=evil.example"},
)  # fmt: skip


@pytest.mark.parametrize("way", ["Flask", "ASGI"])
def test_forwarded_headers_are_believed_of_a_trusted_proxy_alone(
    way: str, history: list[Release], tmp_path: Path
) -> None:
    path = "/timemap/json/id/organization/school"

    def original(ask: Ask, **headers: str) -> str:
        return str(json.loads(ask(path, **headers).text)["original_uri"])

    with _app(history, tmp_path / "none") as app, _asking(way, app) as ask:
        for spoofed in SPOOFED:
            assert original(ask, **spoofed) == f"http://{UPSTREAM}/id/organization/school"
        # The answer kept for a query is the same whatever name the server was called by.
        first, second = (ask(ASK, accept=BROWSER, host=name) for name in ("a.example", "b.example"))
        assert first.text == second.text and "a.example" not in f"{first}"
    with (
        _app(history, tmp_path / "other", trusted_proxy="192.0.2.0/24") as app,
        _asking(way, app) as ask,
    ):
        for spoofed in SPOOFED:
            assert original(ask, **spoofed) == f"http://{UPSTREAM}/id/organization/school"
    with (
        _app(history, tmp_path / "trust", trusted_proxy="127.0.0.1 10.0.0.0/8") as app,
        _asking(way, app) as ask,
    ):
        for spoofed, root in zip(SPOOFED, ("/evil", ""), strict=True):
            public = f"https://evil.example{root}"
            assert original(ask, **spoofed) == f"{public}/id/organization/school"
            assert (
                f"<{public}/sparql> a sd:Service"
                in ask("/sparql", accept="text/turtle", **spoofed).text
            )
            # The answers kept for one root are not those for another.
            for wanted in (root, ""):
                said = spoofed if wanted == root else {}
                for _ in range(2):
                    reply = ask(ASK, accept=BROWSER, **said)
                    assert (
                        f'href="{wanted}/page/' in reply.text or f'href="{wanted}/id/' in reply.text
                    )
                    assert f"<{wanted}/cite?" in reply.header("link")
        # What is no scheme, host or path is as if it had not been said.
        bad = {
            "x_forwarded_proto": "javascript",
            "x_forwarded_host": "a b",
            "x_forwarded_prefix": "//evil.example",
        }
        assert original(ask, **bad) == f"http://{UPSTREAM}/id/organization/school"


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ({}, "127.0.0.1"),
        ({"X-Forwarded-For": "192.0.2.7"}, "192.0.2.7"),
        ({"X-Forwarded-For": "203.0.113.1, 192.0.2.7, 10.1.2.3"}, "192.0.2.7"),
        ({"X-Forwarded-For": "10.1.2.3"}, "10.1.2.3"),
        ({"Forwarded": 'for=203.0.113.1, for="[2001:db8::1]:80";proto=https'}, "2001:db8::1"),
        # A proxy that sets the older headers passes on a client's own header Forwarded.
        ({"Forwarded": "for=203.0.113.1", "X-Forwarded-For": "192.0.2.7"}, "192.0.2.7"),
    ],
)
def test_the_log_has_the_address_of_the_client(headers: dict[str, str], client: str) -> None:
    from werkzeug.test import EnvironBuilder

    from iprgraph_server.http.public_address import PublicAddress

    environ = EnvironBuilder(
        "/", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}
    ).get_environ()
    PublicAddress("", ["127.0.0.1/32", "10.0.0.0/8"]).apply(environ)
    assert environ["REMOTE_ADDR"] == client


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("", ""),
        ("https://graph.example.org/", "https://graph.example.org"),
        ("HTTPS://Graph.Example.org:443/sub/Path//", "https://graph.example.org/sub/Path"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_a_public_address_is_written_in_one_way(given: str, normal: str) -> None:
    assert Settings(public_url=given).public_url == normal


@pytest.mark.parametrize(
    "given",
    [
        "graph.example.org", "//graph.example.org", "ftp://graph.example.org", "https://",
        "https://graph.example.org?x=1", "https://graph.example.org/#top", "https://a@b.example/",
        "https://graph.example.org/a b", "https://graph.example.org/%41", "https://a.example:99999",
        "https://a.example/../b", "https://a.example//b", "https://a.example\n",
    ],
)  # fmt: skip
def test_a_wrong_public_address_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="--public-url"):
        Settings(public_url=given)


@pytest.mark.parametrize("given", ["proxy.example.org", "10.0.0.1/8", "*"])
def test_a_wrong_proxy_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="--trusted-proxy"):
        Settings(trusted_proxy=(given,))


def test_a_path_that_is_one_of_the_server_s_own_is_refused(app: Any) -> None:
    firsts = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    # Those that a converter reads are ontology and shapes.
    assert {name for name in firsts if name and "<" not in name} <= OWN_PATHS
    for path in ("graph", "data/here", "sparql"):
        with pytest.raises(UsageError, match=r"begins as .* own"):
            Settings(public_url=f"https://example.org/{path}")
