"""The rules that every visit is held to do find what they are for."""

from __future__ import annotations

from playwright.sync_api import expect

from support.browser import NARROW, Visitor, axe


def test_a_page_opens_in_each_language_and_scheme(visitor: Visitor) -> None:
    english, chinese = visitor.open("/"), visitor.open("/", NARROW, "zh", dark=True)
    expect(english.get_by_role("heading", level=1)).to_contain_text("intellectual property")
    expect(chinese.get_by_role("heading", level=1)).to_contain_text("知识产权")
    background = "getComputedStyle(document.body).backgroundColor"
    assert english.evaluate(background) != chinese.evaluate(background)
    assert chinese.evaluate("document.documentElement.scrollWidth") <= NARROW[0]


def test_errors_and_what_the_policy_stops_are_noticed(visitor: Visitor) -> None:
    page = visitor.open("/")
    assert visitor.faults == []
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))"
    )
    page.evaluate("setTimeout(() => { throw new Error('thrown') })")
    page.wait_for_timeout(50)
    said = " ".join(visitor.faults)
    assert "Content Security Policy" in said and "thrown" in said
    visitor.faults.clear()


def test_axe_finds_a_picture_without_words(visitor: Visitor) -> None:
    page = visitor.open("/page/person/wang-wenbin")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert "image-alt" in " ".join(axe(page))
