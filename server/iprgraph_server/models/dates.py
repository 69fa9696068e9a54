"""Read the dates of a thing and of what is next to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyoxigraph as ox

from iprgraph.namespaces import INFERRED, expand
from iprgraph_server.models.graph_reader import GraphReader

#: Properties whose values are dates of events.
_DATE_PROPERTIES = (
    "dcterms:date", "dcterms:modified", "eli:date_document", "eli:date_publication",
    "eli:first_date_entry_in_force", "schema:birthDate", "schema:datePublished", "schema:endDate",
    "schema:foundingDate", "schema:startDate",
)  # fmt: skip

#: How many dates a page shows.
DATES_SHOWN = 60


@dataclass(frozen=True)
class Dated:
    """Something with a date: a thing, which of its properties, and when."""

    thing: ox.NamedNode
    predicate: ox.NamedNode
    when: ox.Literal

    @property
    def position(self) -> float:
        """Return the date as a number of years."""
        return position(self.when.value) or 0.0


def position(text: str) -> float | None:
    """Return a date, a month or a year as a number of years; None for any other text."""
    parts = text[:10].split("-")
    try:
        year, month, day = (*map(int, parts), 1, 1)[:3] if len(parts) <= 3 else (0, 0, 0)
        return year + (date(year, month, day).timetuple().tm_yday - 1) / 366
    except ValueError:
        return None


def read_dates(graph: GraphReader, thing: ox.NamedNode) -> list[Dated]:
    """Return the dates of a thing and of its neighbours, earliest first."""
    properties = " ".join(_DATE_PROPERTIES)
    rows = graph.select(
        f"SELECT DISTINCT ?thing ?p ?when WHERE {{ VALUES ?p {{ {properties} }} "
        f"{{ BIND({thing} AS ?thing) }} UNION "
        f"{{ GRAPH ?to {{ ?thing ?in {thing} }} FILTER(?in NOT IN ({_NO_NEIGHBOURS})) }} UNION "
        f"{{ GRAPH ?from {{ {thing} ?out ?thing }} FILTER(?out NOT IN ({_NO_NEIGHBOURS})) }} "
        f"GRAPH ?g {{ ?thing ?p ?when }} FILTER(?g != {INFERRED} && isIRI(?thing)) }} "
        f"ORDER BY ?when LIMIT {DATES_SHOWN}"
    )
    dates = [
        Dated(row["thing"], row["p"], row["when"])
        for row in rows
        if isinstance(row["thing"], ox.NamedNode)
        and isinstance(row["p"], ox.NamedNode)
        and isinstance(row["when"], ox.Literal)
        and position(row["when"].value) is not None
    ]
    return sorted(dates, key=lambda dated: (dated.position, str(dated)))


#: Links that relate no event to the thing: topics, speakers, sources, types, publishers.
_NO_NEIGHBOURS = ", ".join(
    f"<{expand(link)}>"
    for link in ("ipr:about", "ipr:attributedTo", "ipr:source", "rdf:type", "schema:publisher")
)
