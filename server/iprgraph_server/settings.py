"""The settings of the server: one dataclass, read by the command line, the pages and the docs.

Each may be given as a flag (``--timeout 30``) or in the environment (``IPRGRAPH_TIMEOUT=30``); the
flag wins.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from iprgraph.errors import UsageError

MB = 1_000_000

#: The number of processor cores that this process may use.
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _setting(
    default: Any, unit: str, help: str, least: float | None = None, most: float | None = None
) -> Any:
    """Return a field whose metadata describe the setting; ``least`` and ``most`` bound numbers."""
    described = {"unit": unit, "help": help, "least": least, "most": most}
    return field(default=default, metadata=described)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force; raises UsageError for one that is out of range."""

    # fmt: off
    timeout: float = _setting(30.0, "s", "Longest time a query may take, waiting included.", 0.05, 86_400)
    memory_mb: int = _setting(1_024, "MB", "Memory a query may use beyond the graph itself.", 16, 1_000_000)
    result_bytes: int = _setting(256 * MB, "bytes", "Largest answer; a larger one is refused whole.", 1_000, 10_000 * MB)
    request_bytes: int = _setting(64 * MB, "bytes", "Largest request body.", 1_000, 10_000 * MB)
    query_chars: int = _setting(1_000_000, "characters", "Longest query.", 100, 1_000 * MB)
    nesting: int = _setting(100, "levels", "Deepest nesting of brackets in a query.", 5, 10_000_000)
    chain: int = _setting(1_000, "parts", "Longest chain of UNION, OPTIONAL, operators and the like in a query.", 10, 1_000_000)
    workers: int = _setting(CORES, "processes", "Queries evaluated at the same time.", 1, 1_000)
    queue: int = _setting(64, "requests", "Requests that may wait for a worker; more are told to come back.", 0, 100_000)
    queue_wait: float = _setting(10.0, "s", "Longest time a request waits for a worker.", 0.0, 86_400)
    citation_bytes: int = _setting(16 * MB, "bytes", "Room for answers that are cited; when it is full, a citation keeps its long address.", 0, 10_000 * MB)
    older_releases: int = _setting(2, "releases", "Older releases that may be asked at the same time; each is in memory then.", 1, 1_000)
    describe_triples: int = _setting(2_000, "triples", "Largest answer to a DESCRIBE; a larger one is cut and says so.", 10, 1_000_000)
    cache_bytes: int = _setting(64 * MB, "bytes", "Memory for answers kept for the same question.", 0, 1_000_000 * MB)
    slow_query: float = _setting(2.0, "s", "Queries that take longer are logged.", 0.0, 86_400)
    allow_service: tuple[str, ...] = _setting((), "URLs", "Endpoints that SERVICE may call; repeat the flag for more.")
    journal: str = _setting("", "path", "Folder of the journal of writes; default: journal beside the releases.")
    texts: str = _setting("", "path", "Folder of articles' own texts (*.txt), shown beside their claims; they are found by their SHA-256.")
    texts_for: str = _setting("local", "readers", "Who may read those texts: local (this machine only) or all.")
    public_url: str = _setting("", "URL", "Address at which clients reach the server through a proxy, such as https://graph.example.org; default: the one that they used.")
    trusted_proxy: tuple[str, ...] = _setting((), "addresses", "Proxies, by IP address or network, whose X-Forwarded-For, -Proto, -Host and -Prefix or Forwarded are believed; repeat the flag for more.")
    contact: str = _setting("", "address", "Where errors are reported: a mail address, or the address of a tracker's form.")
    # fmt: on

    def __post_init__(self) -> None:
        for setting in SETTINGS:
            value = _checked(setting, getattr(self, setting.name), setting.name)
            object.__setattr__(self, setting.name, value)
        object.__setattr__(self, "public_url", _public_url(self.public_url))
        object.__setattr__(self, "trusted_proxy", tuple(map(_network, self.trusted_proxy)))


class Setting(NamedTuple):
    """What is known of one setting; its type is its default's."""

    name: str
    default: Any
    unit: str
    help: str
    least: float | None
    most: float | None


#: Every setting, in the order in which they are listed.
SETTINGS: tuple[Setting, ...] = tuple(
    Setting(f.name, f.default, **f.metadata) for f in fields(Settings)
)


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
    """Return the settings of parsed flags (``vars(namespace)``) and the environment; raises UsageError."""
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


#: How the server's own paths begin: whether a proxy has stripped such a prefix could not be seen.
OWN_PATHS = frozenset((
    ".well-known", "cite", "context.jsonld", "data", "dataset", "downloads", "graph",
    "graph-store", "health", "id", "linksets", "linksets.sssom.tsv", "metrics", "np",
    "ontology", "openapi.json", "page", "problems", "quality", "query", "reconcile", "releases",
    "report", "robots.txt", "search", "settings", "shape", "shapes", "signposts", "sparql",
    "speakers", "static", "timemap", "validate", "void", "why",
))  # fmt: skip

#: A public address: scheme, host, port, and a path of characters that need no escape.
_PUBLIC_URL = re.compile(
    r"(https?)://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?((?:/[A-Za-z0-9._~-]+)*)/*\Z"
)


def _public_url(text: str) -> str:
    """Return a public address as it is written before a path; raises UsageError."""
    scheme, separator, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    match = _PUBLIC_URL.match(f"{scheme.lower()}{separator}{host.lower()}{slash}{path}")
    if text and (match is None or {".", ".."} & set(path.split("/"))):
        raise UsageError(
            f"--public-url: {text!r} is not an address such as https://graph.example.org or "
            "https://example.org/sub/path (no query, no fragment, no escapes)"
        )
    if match is None:
        return ""
    scheme, host, port, path = match.groups()
    if path.split("/")[1:2] and path.split("/")[1] in OWN_PATHS:
        raise UsageError(
            f"--public-url: {path} begins as the server's own addresses do; choose another path"
        )
    try:
        is_default = not port or urlsplit(match[0]).port == {"http": 80, "https": 443}[scheme]
    except ValueError:
        raise UsageError(f"--public-url: {text!r} has no port from 0 to 65535") from None
    return f"{scheme}://{host}{'' if is_default else port}{path}"


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise UsageError(
            f"--trusted-proxy: {text!r} is no IP address or network such as 10.0.0.0/8 ({error})"
        ) from None
