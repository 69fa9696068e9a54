"""Take what the engine writes, within bounds."""

from __future__ import annotations

from io import BytesIO

from iprgraph.errors import ResultTooLarge, Text


class Sink:
    """Collect what is written, up to a number of bytes; raises ResultTooLarge beyond."""

    def __init__(self, most: int) -> None:
        self._written = BytesIO()
        self._left = most
        self._most = most

    def write(self, part: bytes) -> int:
        """Take one part."""
        self._left -= len(part)
        if self._left < 0:
            raise ResultTooLarge(
                Text(
                    "the answer has more than {most} bytes; ask for less with LIMIT, fewer columns or a "
                    "narrower pattern, or take the whole dataset from the downloads",
                    most=self._most,
                )
            )
        return self._written.write(part)

    def flush(self) -> None:
        """Do nothing: there is nothing behind."""

    def value(self) -> bytes:
        """Return all that was written."""
        return self._written.getvalue()
