"""A number that one process writes and others read at once, without a message: a mapped file."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_NUMBER = struct.Struct("<Q")


class SharedCounter:
    """The counter in a file, which is made when it is first opened and keeps its value."""

    def __init__(self, path: Path | str) -> None:
        with Path(path).open("a+b") as file:
            if file.tell() < _NUMBER.size:
                file.write(bytes(_NUMBER.size))
                file.flush()
            self._map = mmap.mmap(file.fileno(), _NUMBER.size)

    @property
    def value(self) -> int:
        """Return the number."""
        number: int = _NUMBER.unpack_from(self._map)[0]
        return number

    @value.setter
    def value(self, number: int) -> None:
        # Aligned and of eight bytes, so it is written at once.
        _NUMBER.pack_into(self._map, 0, number)
