"""The address at which clients see this server, behind a proxy or not.

A request is changed once, where it comes in, so that whatever writes an address finds the public one
in the WSGI environ. No header of a request is believed, unless it comes from a trusted proxy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from werkzeug.http import parse_options_header
from werkzeug.middleware.proxy_fix import ProxyFix

Environ = dict[str, Any]

#: The environ's key of the path before every address of the server: empty, or `/sub/path`. In the
#: pages of an older release, SCRIPT_NAME has the address of that release besides.
SITE_ROOT = "iprgraph.site_root"

#: What a proxy may say; anything else is as if it had said nothing.
_VALID = {
    "proto": re.compile(r"https?\Z"),
    "host": re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\Z"),
    "prefix": re.compile(r"(?:/[A-Za-z0-9._~-]+)+\Z"),
}
_FORWARDED = "HTTP_FORWARDED"
_X_FORWARDED = {
    "for": "HTTP_X_FORWARDED_FOR",
    "proto": "HTTP_X_FORWARDED_PROTO",
    "host": "HTTP_X_FORWARDED_HOST",
    "prefix": "HTTP_X_FORWARDED_PREFIX",
}


class PublicAddress:
    """Set the public address in requests; without a ``url`` it is the one that the client used."""

    def __init__(self, url: str = "", proxies: Iterable[str] = ()) -> None:
        parts = urlsplit(url)
        self._scheme, self._host, self._root = parts.scheme, parts.netloc, parts.path
        self._name = parts.hostname or ""
        self._port = str(parts.port or (443 if parts.scheme == "https" else 80))
        self._proxies = [ip_network(proxy) for proxy in proxies]

    def locate(
        self, path: str, make_environ: Callable[[], Environ], root_path: str = ""
    ) -> tuple[str, str]:
        """Return the site's root and the path within it; no environ is made where it is not needed."""
        if root_path or (self._proxies and not self._host):
            environ = make_environ()
            self.apply(environ)
            return environ["SCRIPT_NAME"], environ["PATH_INFO"]
        return self._root, _within(self._root, path)

    def apply(self, environ: Environ) -> None:
        """Set the public address in an environ that came from the client or the proxy."""
        if self._proxies and self._is_trusted(environ.get("REMOTE_ADDR", "")):
            self._believe(environ)
        if self._host:
            environ["wsgi.url_scheme"] = self._scheme
            environ["HTTP_HOST"] = self._host
            environ["SERVER_NAME"], environ["SERVER_PORT"] = self._name, self._port
            environ["SCRIPT_NAME"] = self._root
            environ["PATH_INFO"] = _within(self._root, environ["PATH_INFO"])
        environ[SITE_ROOT] = environ.get("SCRIPT_NAME", "")

    def _is_trusted(self, address: str) -> bool:
        try:
            ip = ip_address(address.strip(" []"))
        except ValueError:
            return False
        ip = getattr(ip, "ipv4_mapped", None) or ip
        return any(ip in network for network in self._proxies)

    def _believe(self, environ: Environ) -> None:
        """Take over what the proxies say of the client and its request."""
        if not any(name in environ for name in _X_FORWARDED.values()):
            environ.update(_read_forwarded(environ.get(_FORWARDED, "")))
        for name, pattern in _VALID.items():
            value = environ.get(_X_FORWARDED[name], "").rpartition(",")[2].strip().rstrip("/")
            environ[_X_FORWARDED[name]] = value if pattern.match(value) else ""
        # As many entries are believed as were written by trusted proxies, from the last one on.
        hops = [hop.strip() for hop in environ.get(_X_FORWARDED["for"], "").split(",")]
        count = 1
        while count < len(hops) and self._is_trusted(hops[-count]):
            count += 1
        ProxyFix(_ignore, x_for=count, x_proto=1, x_host=1, x_prefix=1)(environ, _ignore)
        environ["PATH_INFO"] = _within(environ[_X_FORWARDED["prefix"]], environ["PATH_INFO"])


def site_root(environ: Mapping[str, Any]) -> str:
    """Return what stands before the path of every address of the server."""
    return str(environ.get(SITE_ROOT, environ.get("SCRIPT_NAME", "")))


def _within(root: str, path: str) -> str:
    """Return a path without the root, which a proxy may have left in it."""
    if root and (path == root or path.startswith(f"{root}/")):
        return path[len(root) :] or "/"
    return path


def _read_forwarded(header: str) -> dict[str, str]:
    """Return the header Forwarded (RFC 7239) as the older headers that it stands for."""
    hops = [parse_options_header(f"hop;{hop}")[1] for hop in _split_hops(header)]
    if not hops:
        return {}
    said: dict[str, str] = {name: hops[-1][name] for name in ("proto", "host") if name in hops[-1]}
    if addresses := [_without_port(hop["for"]) for hop in hops if "for" in hop]:
        said["for"] = ", ".join(addresses)
    return {_X_FORWARDED[name]: value for name, value in said.items()}


def _split_hops(header: str) -> list[str]:
    return re.findall(r'(?:[^",]|"(?:[^"\\]|\\.)*")+', header)


def _without_port(node: str) -> str:
    """Return the address of a node such as `192.0.2.1:80` or `[2001:db8::1]:80`."""
    if node.startswith("["):
        return node[1:].partition("]")[0]
    return node.partition(":")[0]


def _ignore(*_: Any) -> Any:
    """Stand for the app behind ProxyFix, which here only reads headers."""
