"""Draw a timeline: dates as dots on a line with years."""

from __future__ import annotations

from dataclasses import dataclass

from iprgraph_server.models.dates import Dated

#: The units of the drawing: its width, its margins, and where the line lies.
WIDTH, MARGIN, LINE = 760, 24, 40


@dataclass(frozen=True)
class Tick:
    """A year on the line, or a dot for a date: where it lies, and what it says."""

    x: float
    text: str
    #: How many dots lie below this one at the same place.
    level: int = 0


@dataclass(frozen=True)
class TimelineDrawing:
    """Years and dots on a line, ready to be drawn."""

    years: list[Tick]
    dots: list[Tick]
    height: int


def draw_timeline(dates: list[Dated]) -> TimelineDrawing | None:
    """Return dates placed on a line; None when there are fewer than two moments."""
    moments = [dated.position for dated in dates]
    if len(set(moments)) < 2:
        return None
    first, last = int(min(moments)), int(max(moments)) + 1
    scale = (WIDTH - 2 * MARGIN) / (last - first)

    def x(moment: float) -> float:
        return round(MARGIN + (moment - first) * scale, 1)

    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 500, 5000) if (last - first) / s <= 12)
    years = [Tick(x(year), str(year)) for year in range(-(-first // step) * step, last + 1, step)]
    dots: list[Tick] = []
    for moment in moments:
        place = x(moment)
        level = sum(1 for dot in dots if abs(dot.x - place) < 10)
        dots.append(Tick(place, "", min(level, 6)))
    tallest = max(dot.level for dot in dots)
    return TimelineDrawing(years, dots, LINE + tallest * 11)
