"""Format numbers, money and dates as people write them in English and Chinese, and fit texts.

Babel writes the dates. Numbers are Python's: Babel has a hyphen for the minus sign, and writes money
otherwise than we do: "68 thousand" for 68,000, 3819.5亿 without its comma.
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal, InvalidOperation

from babel import Locale
from babel.dates import format_skeleton

from iprgraph_server.i18n.catalogue import catalogue

_DATE = re.compile(r"(-?\d{4,})(?:-(\d\d))?(?:-(\d\d))?(?:T(\d\d:\d\d)[\d:.]*)?(Z|[+-]\d\d:\d\d)?$")

#: A Chinese character, or punctuation as wide as one.
HAN = re.compile("[\u2e80-\u9fff\uff00-\uffef]")

_LOCALES = {"en": Locale.parse("en_GB"), "zh": Locale.parse("zh_Hans_CN")}

#: What Unicode calls a year, a month of a year, and a day.
_SKELETONS = ("y", "yMMMM", "yMMMMd")

#: Words for big numbers by language, biggest first; Chinese counts in ten thousands.
_SCALES = {
    "en": ((12, " trillion"), (9, " billion"), (6, " million")),
    "zh": ((12, "万亿"), (8, "亿"), (4, "万")),
}


def number(text: str) -> str:
    """Return a number with separators: 68720 becomes 68,720."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    if not value.is_finite() or abs(value.adjusted()) > 30:
        return text
    written = f"{value:,f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return written.replace("-", "−")


def figure(text: str, unit: str, language: str) -> str:
    """Return a number with its unit; money is scaled where that loses nothing."""
    pattern = catalogue().get(f"units.{unit}")
    if pattern is None:
        return number(text)
    written = number(text)
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    if unit.startswith("CCY_"):
        for power, word in _SCALES[language]:
            if power <= value.copy_abs().adjusted() <= 30:
                scaled = value.scaleb(-power)
                if len(scaled.normalize().as_tuple().digits) <= 6:
                    written = number(str(scaled)) + word
                break
    return pattern[language].format(written)


def date(text: str, language: str) -> str:
    """Return an xsd:date, dateTime, gYear or gYearMonth as people write it."""
    match = _DATE.match(text)
    if not match:
        return text
    year, month, day, clock, zone = match.groups()
    parts = [int(part) for part in (year, month, day) if part]
    try:
        first_day = datetime.date(*[*parts, 1, 1][:3])
    except ValueError:
        return text
    skeleton = _SKELETONS[len(parts) - 1]
    written = format_skeleton(skeleton, first_day, locale=_LOCALES[language])
    if clock:
        zone = {"Z": "UTC", None: ""}.get(zone, f"UTC{zone}")
        comma = " " if language == "zh" else ", "
        written += comma + clock + (f" ({zone})" if zone else "")
    return written


def clip(text: str, width: int) -> str:
    """Return a text shortened to a width; a Chinese character is as wide as two others."""
    if wide(text) <= width:
        return text
    while text and wide(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def wide(text: str) -> int:
    """Return the number of columns of a text."""
    return sum(2 if HAN.match(char) else 1 for char in text)
