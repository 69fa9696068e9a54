"""The words of the pages: none is missing in either language, and none is outside the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import iprgraph_server
from iprgraph.namespaces import shorten
from iprgraph.release.release import Release
from iprgraph_server.i18n.catalogue import LANGUAGES, catalogue
from iprgraph_server.i18n.language import translate
from iprgraph_server.settings import SETTINGS
from iprgraph_server.views.dataset import GROUPS

SERVER = Path(iprgraph_server.__file__).parent
TEMPLATES = sorted((SERVER / "templates").glob("*.html"))
SCRIPTS = sorted((SERVER.parent / "web/src").rglob("*.ts"))

#: Names and codes that are the same in every language.
UNTRANSLATED = {
    "nav.sparql", "site.between", "thing.and", "downloads.checksum", "downloads.compressed",
    "units.NUM", "units.PERCENT", "setting_units.MB", "check.share", "quality.of",
}  # fmt: skip
PROPER = ("formats.", "registries.", "schemes.")

#: Keys that are put together from what the graph, the release or the request holds.
COMPUTED = re.compile(
    r"(?:kinds|kind_of|topics|relations|terms|units|registries|schemes|severities|formats|files)\."
    r"|(?:groups|themes|coverage|history|results|settings|setting_help|setting_units)\."
    r"|(?:problem_titles|problem_means|problem_todo|problem_facts)\."
    r"|quality\.(?:violations|warnings|infos)$"
    rf"|downloads\.(?:{'|'.join(GROUPS)})(?:_lead)?$"
    r"|linksets\.(?:ManualMappingCuration|MappingChaining)$"
    r"|query\.(?:behind_\w+|table|graph|chart|timeline|map|bars|line|points)$"
    r"|start\.(?:claims|asserted|inferred|graphs|violations)$"
)


def test_every_text_is_there_in_both_languages() -> None:
    texts = catalogue()
    assert len(texts) > 300
    for key, entry in texts.items():
        assert set(entry) == set(LANGUAGES) and all(entry.values()), key
        if key not in UNTRANSLATED and not key.startswith(PROPER):
            assert re.search(r"[\u4e00-\u9fff]", entry["zh"]), f"{key} has no Chinese"
            assert re.search(r"[A-Za-z]", entry["en"]), f"{key} has no English"
        assert not re.search(r"[\u4e00-\u9fff][,:;?!()]", entry["zh"]), (
            f"{key}: half-width punctuation"
        )
        placeholders = [sorted(re.findall(r"\{(\w*)\}", entry[tag])) for tag in LANGUAGES]
        assert placeholders[0] == placeholders[1], key


def test_templates_hold_no_words_of_their_own() -> None:
    assert len(TEMPLATES) >= 10
    for template in TEMPLATES:
        text = template.read_text("utf-8")
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
        # Commands to copy, addresses and codes are no language.
        text = re.sub(r"<(pre|code)\b.*?</\1>", "", text, flags=re.DOTALL)
        spoken = re.findall(r'\b(?:title|alt|aria-label|placeholder|data-label)="([^"]*)"', text)
        spoken.append(re.sub(r"<[^>]*>", " ", text))
        words = [word for part in spoken for word in re.findall(r"[^\W\d_]{2,}", part)]
        assert [w for w in words if w not in {"VoID", "doctype", "html"}] == [], template.name


def test_every_key_is_used_and_every_use_has_a_key() -> None:
    source = "".join(path.read_text("utf-8") for path in (*TEMPLATES, *SERVER.rglob("*.py")))
    used = set(re.findall(r"\b(?:t|translate)\(\s*[\"']([\w.]+)[\"'](?!\s*~)", source))
    # Scripts are given one section of the catalogue; what they put together is listed here.
    scripts = "".join(path.read_text("utf-8") for path in SCRIPTS)
    said = re.findall(r"\bt\(\s*\"(\w+)\"|\?\s*\"(\w+)\"\s*:\s*\"(\w+)\"", scripts)
    used |= {f"query.{word}" for words in said for word in words if f"query.{word}" in catalogue()}
    written = set(re.findall(r"\bt\(\s*\"(\w+)\"", scripts))
    assert written <= {key.removeprefix("query.") for key in catalogue()}
    assert len(used) > 80
    assert used <= set(catalogue())
    assert {key for key in catalogue() if not COMPUTED.match(key)} - used == set()
    names = {name for names in GROUPS.values() for name in names}
    assert {key.removeprefix("files.") for key in catalogue() if key.startswith("files.")} == names


def test_a_text_escapes_what_is_filled_in() -> None:
    assert "&lt;b&gt;" in translate("site.release", "en", id="<b>")


def test_every_term_that_a_page_can_show_has_a_name_in_both_languages(release: Release) -> None:
    """Look at predicates and classes: ours have labels, the catalogue names the others."""
    rdf_type = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    shown = set()
    for quad in release.quads():
        if str(quad.graph_name).endswith(("/shapes>", "/ontology>", "/alignment>")):
            continue
        shown.add(shorten(quad.predicate.value))
        if quad.predicate.value == rdf_type:
            shown.add(shorten(quad.object.value))
    nameless = {t for t in shown if not t.startswith("ipr:") and f"terms.{t}" not in catalogue()}
    assert len(shown) > 100
    assert nameless == set()


def test_every_setting_that_is_shown_is_explained_in_both_languages() -> None:
    shown = [setting for setting in SETTINGS if setting.unit != "path"]
    texts = catalogue()
    explained = {k.removeprefix("setting_help."): v for k, v in texts.items() if "_help." in k}
    units = {k.removeprefix("setting_units.") for k in texts if k.startswith("setting_units.")}
    assert len(shown) >= 15
    assert {name: entry["en"] for name, entry in explained.items()} == {
        setting.name: setting.help for setting in shown
    }
    assert units == {setting.unit for setting in shown}


def test_the_colours_can_be_read() -> None:
    """Check text on its grounds, in the light and in the dark scheme, against WCAG AA (4.5)."""
    css = (SERVER / "static/site.css").read_text("utf-8")
    schemes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in
               re.findall(r":root \{(.*?)\}", css, re.DOTALL)]  # fmt: skip
    assert len(schemes) == 2
    pairs = [
        (text, ground)
        for text in ("ink", "soft", "seal", "link")
        for ground in ("paper", "sheet", "faint")
    ]
    pairs += [(tone, f"{tone}-bg") for tone in ("good", "warn", "bad", "calm", "none", "plum")]
    for scheme in schemes:
        for text, ground in pairs:
            ratio = contrast(scheme[text], scheme[ground])
            assert ratio >= 4.5, f"{text} {scheme[text]} on {ground} {scheme[ground]}: {ratio:.2f}"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, relative luminance)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
