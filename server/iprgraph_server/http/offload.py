"""Run long work in a thread, so that the event loop goes on with other requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

#: Bytes from which work on a body is worth the way to a thread and back.
LARGE = 1 << 16


async def aside(size: int, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Call a function that works on so many bytes: at once when these are few, else in a thread."""
    if size < LARGE:
        return work(*args, **named)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, lambda: work(*args, **named))
