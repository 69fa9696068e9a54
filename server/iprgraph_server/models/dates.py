"""Read the dates of a thing and of what is next to it, and place them on a line of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyoxigraph as ox

from iprgraph.namespaces import INFERRED
from iprgraph_server.models.site import Site, expand

#: Properties that date what happened, each with one whose year-month-day reads the same.
_DATING = (
    "dcterms:date", "dcterms:modified", "eli:date_document", "eli:date_publication",
    "eli:first_date_entry_in_force", "schema:birthDate", "schema:datePublished", "schema:endDate",
    "schema:foundingDate", "schema:startDate",
)  # fmt: skip

#: How many dates a page shows.
DATES_SHOWN = 60

#: The line of time in the units of its drawing: margins, width, and where the line lies.
WIDTH, MARGIN, LINE = 760, 24, 40


@dataclass(frozen=True)
class Dated:
    """Something with a date: a thing, which of its properties, and when."""

    thing: ox.NamedNode
    predicate: ox.NamedNode
    when: ox.Literal

    @property
    def position(self) -> float:
        """Give the date as a year and its part that has passed."""
        return position(self.when.value) or 0.0


def position(text: str) -> float | None:
    """Give a date, a month or a year as a number of years; None for what is none of them."""
    parts = text[:10].split("-")
    try:
        year, month, day = (*map(int, parts), 1, 1)[:3] if len(parts) <= 3 else (0, 0, 0)
        return year + (date(year, month, day).timetuple().tm_yday - 1) / 366
    except ValueError:
        return None


def read_dates(site: Site, thing: ox.NamedNode) -> list[Dated]:
    """Read the dates of a thing, and of what points to it or what it points to; earliest first."""
    dating = " ".join(_DATING)
    rows = site.select(
        f"SELECT DISTINCT ?thing ?p ?when WHERE {{ VALUES ?p {{ {dating} }} "
        f"{{ BIND({thing} AS ?thing) }} UNION "
        f"{{ GRAPH ?to {{ ?thing ?in {thing} }} FILTER(?in NOT IN ({_APART})) }} UNION "
        f"{{ GRAPH ?from {{ {thing} ?out ?thing }} FILTER(?out NOT IN ({_APART})) }} "
        f"GRAPH ?g {{ ?thing ?p ?when }} FILTER(?g != {INFERRED} && isIRI(?thing)) }} "
        f"ORDER BY ?when LIMIT {DATES_SHOWN}"
    )
    found = [
        Dated(row["thing"], row["p"], row["when"])
        for row in rows
        if isinstance(row["thing"], ox.NamedNode)
        and isinstance(row["p"], ox.NamedNode)
        and isinstance(row["when"], ox.Literal)
        and position(row["when"].value) is not None
    ]
    return sorted(found, key=lambda dated: (dated.position, str(dated)))


#: Links that say where something stands, not what it has to do with the thing.
_APART = ", ".join(
    f"<{expand(link)}>"
    for link in ("ipr:about", "ipr:attributedTo", "ipr:source", "rdf:type", "schema:publisher")
)


@dataclass(frozen=True)
class Tick:
    """A year on the line, or a dot for a date: where it lies, and what it says."""

    x: float
    text: str
    #: How high dots of the same place are piled.
    level: int = 0


@dataclass(frozen=True)
class Line:
    """A line of time, ready to be drawn."""

    years: list[Tick]
    dots: list[Tick]
    height: int


def draw(dates: list[Dated]) -> Line | None:
    """Place dates on a line; None when there are fewer than two moments."""
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
    return Line(years, dots, LINE + tallest * 11)
