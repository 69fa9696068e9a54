"""The settings of the publisher: one tuple, read by the command line, the pages and the docs.

Each may be given as a flag (``--timeout 30``) or in the environment (``IPRGRAPH_TIMEOUT=30``); the
flag wins.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from iprgraph.errors import UsageError

MB = 1_000_000


class Setting(NamedTuple):
    """One setting: its type is its default's; ``least`` and ``most`` bound numbers."""

    name: str
    default: int | float | str | tuple[str, ...]
    unit: str
    help: str
    least: float | None = None
    most: float | None = None


#: The number of processor cores that this process may use.
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

SETTINGS: tuple[Setting, ...] = (
    Setting("timeout", 30.0, "s", "Longest time a query may take, waiting included.", 0.05, 86_400),
    Setting("memory_mb", 1_024, "MB", "Memory a query may use beyond the graph itself.", 16, 1_000_000),
    Setting("result_bytes", 256 * MB, "bytes", "Largest answer; a larger one is refused whole.", 1_000, 10_000 * MB),
    Setting("request_bytes", 64 * MB, "bytes", "Largest request body.", 1_000, 10_000 * MB),
    Setting("query_chars", 1_000_000, "characters", "Longest query.", 100, 1_000 * MB),
    Setting("nesting", 100, "levels", "Deepest nesting of brackets in a query.", 5, 10_000_000),
    Setting("chain", 1_000, "parts", "Longest chain of UNION, OPTIONAL, operators and the like in a query.", 10, 1_000_000),
    Setting("workers", CORES, "processes", "Queries evaluated at the same time.", 1, 1_000),
    Setting("queue", 64, "requests", "Requests that may wait for a worker; more are told to come back.", 0, 100_000),
    Setting("queue_wait", 10.0, "s", "Longest time a request waits for a worker.", 0.0, 86_400),
    Setting("citation_bytes", 16 * MB, "bytes", "Room for answers that are cited; when it is full, a citation keeps its long address.", 0, 10_000 * MB),
    Setting("older_releases", 2, "releases", "Older releases that may be asked at the same time; each is in memory then.", 1, 1_000),
    Setting("describe_triples", 2_000, "triples", "Largest answer to a DESCRIBE; a larger one is cut and says so.", 10, 1_000_000),
    Setting("cache_bytes", 64 * MB, "bytes", "Memory for answers kept for the same question.", 0, 1_000_000 * MB),
    Setting("slow_query", 2.0, "s", "Queries that take longer are logged.", 0.0, 86_400),
    Setting("allow_service", (), "URLs", "Endpoints that SERVICE may call; repeat the flag for more."),
    Setting("journal", "", "path", "Folder of the journal of writes; default: journal beside the releases."),
    Setting("texts", "", "path", "Folder of articles' own texts (*.txt), shown beside their claims; they are found by their SHA-256."),
    Setting("texts_for", "local", "readers", "Who may read those texts: local (this machine only) or all."),
    Setting("contact", "", "address", "Where errors are reported: a mail address, or the address of a tracker's form."),
)  # fmt: skip

BY_NAME: dict[str, Setting] = {setting.name: setting for setting in SETTINGS}


class Settings:
    """The values in force, as attributes named as in SETTINGS."""

    def __init__(self, **values: Any) -> None:
        unknown = values.keys() - BY_NAME.keys()
        if unknown:
            raise UsageError(
                f"unknown setting {', '.join(sorted(unknown))}; known: {', '.join(BY_NAME)}"
            )
        self._values = {
            s.name: _checked(s, values.get(s.name, s.default), s.name) for s in SETTINGS
        }

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise AttributeError(f"no setting is called {name}") from None

    def as_dict(self) -> dict[str, Any]:
        """Return name and value of every setting, in the order of SETTINGS."""
        return dict(self._values)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add a flag for every setting, without defaults, so that the environment can be seen behind them."""
    for s in SETTINGS:
        shown = "none" if s.default in ((), "") else s.default
        parser.add_argument(
            _flag(s.name),
            dest=s.name,
            default=None,
            metavar=s.unit.upper(),
            action="append" if isinstance(s.default, tuple) else "store",
            help=f"{s.help} (default: {shown})",
        )


def from_flags(flags: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from parsed flags (``vars(namespace)``) and the environment; raises UsageError."""
    values: dict[str, Any] = {}
    for s in SETTINGS:
        variable = f"IPRGRAPH_{s.name.upper()}"
        if flags.get(s.name) is not None:
            values[s.name] = _checked(s, flags[s.name], _flag(s.name))
        elif environ.get(variable):
            values[s.name] = _checked(s, environ[variable], variable)
    return Settings(**values)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _checked(setting: Setting, value: Any, where: str) -> Any:
    kind = type(setting.default)
    try:
        if kind is tuple:
            return tuple(value.split()) if isinstance(value, str) else tuple(value)
        value = kind(value)
    except (TypeError, ValueError):
        raise UsageError(f"{where}: {value!r} is not a number of {setting.unit}") from None
    if kind is str:
        return value
    # A comparison with NaN is never true, so it is refused here too.
    if not (setting.least is None or value >= setting.least) or not (
        setting.most is None or value <= setting.most
    ):
        raise UsageError(
            f"{where}: {value} is out of range; give {setting.least:g} to {setting.most:g} {setting.unit}"
        )
    return value
