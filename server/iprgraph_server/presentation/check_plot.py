"""Lay out the plot of a check: the claimed value and that of open data on one line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

import pyoxigraph as ox

from iprgraph.rdf.query_results import Term
from iprgraph_server.presentation.timeline import Tick

#: The line in the units of its drawing.
LEFT, RIGHT = 40.0, 600.0

#: Nearer to the edge than this, a label begins or ends at its mark instead of being centred.
_LABEL_WIDTH = 90.0


@dataclass(frozen=True)
class CheckPlot:
    """Two values on a line: places in the units of the drawing."""

    ticks: list[Tick]
    claimed: tuple[float, float]
    reference: tuple[float, float]
    #: Whether the claimed value is a lower bound.
    open_ended: bool

    @property
    def gap(self) -> tuple[float, float]:
        """Return where the difference begins, and how wide it is."""
        if self.claimed[0] <= self.reference[0] <= self.claimed[1]:
            return self.reference[0], 0.0
        return min(self.claimed[0], self.reference[0]), abs(self.claimed[0] - self.reference[0])


def label_anchor(x: float) -> str:
    """Return the SVG text-anchor of a label, so that the label stays in the drawing."""
    if x < LEFT + _LABEL_WIDTH:
        return "start"
    return "end" if x > RIGHT - _LABEL_WIDTH else "middle"


def draw_check(
    claimed: Term | None, reference: Term | None, open_ended: bool, rank: bool
) -> CheckPlot | None:
    """Return the plot of two numbers or two dates; None for anything else."""
    if not isinstance(claimed, ox.Literal) or not isinstance(reference, ox.Literal):
        return None
    dates = _days(claimed.value), _days(reference.value)
    numbers = _number(claimed.value), _number(reference.value)
    claimed_span, reference_span = dates if all(dates) else numbers
    if claimed_span is None or reference_span is None:
        return None
    low, high = min(claimed_span[0], reference_span[0]), max(claimed_span[1], reference_span[1])
    margin = (high - low) * 0.5 or (3 if rank or all(dates) else abs(high) * 0.02) or 1
    low, high = low - margin, high + margin

    def x(value: float) -> float:
        return round(LEFT + (value - low) / (high - low) * (RIGHT - LEFT), 1)

    whole = rank and high - low < 40
    marks = _calendar(low, high) if all(dates) else _round_numbers(low, high, whole)
    ticks = [Tick(x(value), text) for value, text in marks]
    return CheckPlot(
        ticks,
        (x(claimed_span[0]), x(claimed_span[1])),
        (x(reference_span[0]), x(reference_span[1])),
        open_ended,
    )


def _number(text: str) -> tuple[float, float] | None:
    try:
        value = float(Decimal(text))
    except InvalidOperation:
        return None
    return (value, value) if math.isfinite(value) and abs(value) < 1e30 else None


def _days(text: str) -> tuple[float, float] | None:
    """Return the first and the last day of a date, a month or a year."""
    parts = text.split("-")
    if not (len(parts[0]) == 4 and len(parts) <= 3 and all(part.isdecimal() for part in parts)):
        return None
    year, month, day = (*map(int, parts), 0, 0)[:3]
    try:
        first = date(year, month or 1, day or 1)
        if day:
            return first.toordinal(), first.toordinal()
        after = date(year + (month in (0, 12)), (month % 12 + 1) if month else 1, 1)
    except ValueError:
        return None
    return first.toordinal(), after.toordinal() - 1


def _calendar(low: float, high: float) -> Iterator[tuple[float, str]]:
    """Yield about five marks: first days of years or months, or days."""
    months = (high - low) / 30.4
    if months < 3:
        step = max(1, round((high - low) / 5))
        for number in range(math.ceil(low), int(high) + 1, step):
            yield number, date.fromordinal(number).isoformat()
        return
    step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 120, 600, 6000) if months / s <= 6)
    first = date.fromordinal(int(low)) - timedelta(days=1)
    number = -(-(first.year * 12 + first.month) // step) * step
    while (day := date(number // 12, number % 12 + 1, 1)).toordinal() <= high:
        yield day.toordinal(), f"{day.year}" if step >= 12 else f"{day.year}-{day.month:02}"
        number += step


def _round_numbers(low: float, high: float, whole: bool) -> Iterator[tuple[float, str]]:
    """Yield about five marks at round numbers."""
    raw = (high - low) / 5
    power = 10 ** math.floor(math.log10(raw))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= raw)
    step = max(1.0, round(step)) if whole else step
    digits = max(0, -math.floor(math.log10(step)) + 1)
    for i in range(math.ceil(low / step), math.floor(high / step) + 1):
        yield i * step, f"{Decimal(i * step):.{digits}f}"
