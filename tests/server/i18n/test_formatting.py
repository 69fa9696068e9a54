"""Numbers, money and dates as people write them in English and Chinese."""

from __future__ import annotations

import pytest

from iprgraph_server.i18n.formatting import date, figure, number


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("2024", "2024", "2024年"),
        ("0800", "800", "800年"),
        ("2024-05", "May 2024", "2024年5月"),
        ("2024-05-01", "1 May 2024", "2024年5月1日"),
        ("2024-05-01T14:30:05.2Z", "1 May 2024, 14:30 (UTC)", "2024年5月1日 14:30 (UTC)"),
        ("2024-05-01T14:30:05+08:00", "1 May 2024, 14:30 (UTC+08:00)", "2024年5月1日 14:30 (UTC+08:00)"),
        ("2024-05-01T14:30:05", "1 May 2024, 14:30", "2024年5月1日 14:30"),
        ("2024-13-01", "2024-13-01", "2024-13-01"),
        ("last year", "last year", "last year"),
    ],
)  # fmt: skip
def test_dates(text: str, english: str, chinese: str) -> None:
    assert (date(text, "en"), date(text, "zh")) == (english, chinese)


@pytest.mark.parametrize(
    ("text", "written"),
    [("68720", "68,720"), ("-1250.50", "−1,250.5"), ("0.00001234", "0.00001234"), ("NaN", "NaN"), ("x", "x")],
)  # fmt: skip
def test_numbers(text: str, written: str) -> None:
    assert number(text) == written


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("2443100000000", "2.4431 trillion yuan", "2.4431万亿元"),
        ("381950000000", "381.95 billion yuan", "3,819.5亿元"),
        ("68000", "68,000 yuan", "6.8万元"),
        ("123456789", "123,456,789 yuan", "123,456,789元"),
    ],
)
def test_money_is_scaled_where_that_loses_nothing(text: str, english: str, chinese: str) -> None:
    assert figure(text, "CCY_CNY", "en") == english
    assert figure(text, "CCY_CNY", "zh") == chinese
