"""A buffer of bounded size for what the engine writes."""

from __future__ import annotations

from io import BytesIO

from iprgraph.errors import ResultTooLarge, Text


class ResultBuffer:
    """Collects up to a number of bytes; a write beyond raises ResultTooLarge."""

    def __init__(self, most: int) -> None:
        self._bytes = BytesIO()
        self._room = most
        self._most = most

    def write(self, part: bytes) -> int:
        """Append a part; return its length."""
        self._room -= len(part)
        if self._room < 0:
            raise ResultTooLarge(
                Text(
                    "the answer has more than {most} bytes; ask for less with LIMIT, fewer columns or a "
                    "narrower pattern, or take the whole dataset from the downloads",
                    most=self._most,
                )
            )
        return self._bytes.write(part)

    def flush(self) -> None:
        """Do nothing; pyoxigraph calls it."""

    def value(self) -> bytes:
        """Return all that was written."""
        return self._bytes.getvalue()
