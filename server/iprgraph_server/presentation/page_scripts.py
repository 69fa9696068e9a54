"""The bundled scripts of pages: a page loads its own, if there is one, and nothing else.

`server/web/src/pages/NAME.ts` is bundled as `static/web/NAME.js`; a template loads it with
`{{ script("NAME") }}`. Only the answer that holds such a page allows scripts, and only the site's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from flask import Flask, g
from markupsafe import Markup

from iprgraph_server.http.headers import SCRIPT_POLICY

#: The path of a part that scripts share or load later: it has the hash of its content in its name.
PART = re.compile(r"/web/[a-z]+-[A-Z0-9]{8}\.js$")


def install(app: Flask, address: Callable[[str], str]) -> None:
    """Add `script()` to all templates; `address` returns the address of a static file."""
    folder = Path(str(app.static_folder))

    def script(name: str) -> Markup:
        """Return the tag that loads a script; nothing where the scripts are not bundled."""
        if not (folder / f"web/{name}.js").is_file():
            return Markup()
        g.has_script = True
        return Markup('<script type="module" src="{}"></script>').format(address(f"web/{name}.js"))

    app.context_processor(lambda: {"script": script})


def allowance() -> str:
    """Return what this answer adds to its content security policy."""
    return SCRIPT_POLICY if g.get("has_script") else ""
