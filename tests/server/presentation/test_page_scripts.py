"""The scripts of the pages: bundled from their sources, sent small, allowed only where they are."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask, render_template_string
from pytest import MonkeyPatch

from iprgraph_server.http.headers import SCRIPT_POLICY
from iprgraph_server.http.recorder import Recorder
from iprgraph_server.presentation import page_scripts, pages
from support.client import Client
from support.paths import REPOSITORY, WEB

BUNDLE = REPOSITORY / "server/iprgraph_server/static/web"


@pytest.fixture
def builder() -> ModuleType:
    """Import server/web/build.py, which belongs to no package."""
    spec = importlib.util.spec_from_file_location("web_build", WEB / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_bundle_is_made_of_the_sources_that_are_here(builder: ModuleType) -> None:
    assert not builder.is_stale()
    pages = {path.stem for path in (WEB / "src/pages").glob("*.ts")}
    assert pages and pages <= {path.stem for path in BUNDLE.glob("*.js")}


def test_a_changed_source_makes_the_bundle_stale(
    builder: ModuleType, monkeypatch: MonkeyPatch, tmp_path: Path
) -> None:
    copy = tmp_path / "web"
    shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns("node_modules", ".lock"))
    monkeypatch.setattr(builder, "HERE", copy)
    assert not builder.is_stale()
    (copy / "src/pages/more.ts").write_text("export {};\n")
    assert builder.is_stale()


def test_a_machine_without_npm_is_told_what_to_do(
    builder: ModuleType,
    monkeypatch: MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(builder, "BUNDLE", tmp_path / "web")
    monkeypatch.setattr(builder, "HERE", WEB)
    monkeypatch.setattr(builder.shutil, "which", lambda name: None)
    assert builder.main() == 1
    told = capsys.readouterr().err
    assert "npm is not installed" in told and "pages do without them" in told
    # Where pip builds, it is asked to bring Node.js for the time of the build.
    assert builder.ScriptsHook.dependencies(None) == [builder.NODE]


def test_every_package_in_the_bundle_has_its_licence_told() -> None:
    notices = (BUNDLE / "NOTICES.txt").read_text("utf-8")
    told = set(re.findall(r"^-+\n(\S+) (\S+) \(.+\)$", notices, re.MULTILINE))
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))["packages"]
    assert told <= {
        (name.removeprefix("node_modules/"), lock[name]["version"]) for name in lock if name
    }


def test_every_version_is_exact_and_no_address_is_recorded() -> None:
    package = json.loads((WEB / "package.json").read_text("utf-8"))
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))["packages"]
    locked = [entry for name, entry in lock.items() if name]
    assert len(locked) > 20
    assert all("integrity" in entry and "resolved" not in entry for entry in locked)


def test_the_types_of_the_scripts_fit() -> None:
    node = shutil.which("node")
    if node is None or not (WEB / "node_modules/typescript").is_dir():
        pytest.skip("Node.js is not installed, so the types cannot be checked")
    done = subprocess.run(
        [node, WEB / "node_modules/typescript/bin/tsc"], cwd=WEB, capture_output=True, text=True
    )
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("coding", "asked"), [("zstd", "zstd, br, gzip"), ("br", "br"), ("gzip", "gzip")]
)
def test_a_static_file_is_compressed_and_keeps(
    release_client: Client, coding: str, asked: str
) -> None:
    reply = release_client.get("/static/site.css?v=1", accept_encoding=asked)
    assert reply.headers["content-encoding"] == coding
    assert "immutable" in reply.headers["cache-control"]
    again = release_client.get(
        "/static/site.css?v=1", accept_encoding=asked, if_none_match=reply.headers["etag"]
    )
    assert again.status == 304
    assert "immutable" not in release_client.get("/static/site.css").headers["cache-control"]


def test_only_a_page_with_a_script_may_run_one(tmp_path: Path) -> None:
    app = Flask(__name__, static_folder=str(tmp_path))
    (tmp_path / "web").mkdir()
    (tmp_path / "web/there.js").touch()
    pages.install(app, Recorder())
    page_scripts.install(app, lambda name: f"/static/{name}?v=1")
    app.add_url_rule("/<name>", view_func=lambda name: render_template_string(
        "{{ script(name) }}", name=name), endpoint="show")  # fmt: skip
    with_script = app.test_client().get("/there")
    assert with_script.text == '<script type="module" src="/static/web/there.js?v=1"></script>'
    assert SCRIPT_POLICY in with_script.headers["content-security-policy"]
    without = app.test_client().get("/missing")
    assert without.text == "" and "script" not in without.headers["content-security-policy"]
