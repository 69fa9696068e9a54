"""Send workers their next job ahead, and take it back where it would wait too long.

Between two jobs a worker would wait until the loop has taken its reply and sent the next one. So it
is sent that one ahead, behind the job it has just begun. Should this take long after all, or a
worker become free, the job is taken back and goes there: then the worker passes over it, or does it
in vain, and answers either way, so that one reply belongs to each job.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from iprgraph_server.pool.pool import Pool
from iprgraph_server.pool.slots import Link, Seat
from iprgraph_server.pool.watch import Reply, Watch

if TYPE_CHECKING:
    from iprgraph_server.pool.turns import Turn

#: Seconds after which a job is no brief one, and holds up who is behind it.
BRIEF = 0.02
#: Seconds after which it does so where another worker is free.
_SOON = 0.002
#: Seconds for which a worker that answers in vain is waited for.
_GRACE = 0.05


class Turns:
    """The turns of one event loop that have a worker."""

    def __init__(self, pool: Pool, watch: Watch) -> None:
        self.pool = pool
        self.watch = watch
        self._running: dict[Turn, None] = {}
        watch.ticked = self._take_back_from_long_ones

    def began(self, turn: Turn) -> None:
        """Take note that a worker has a job."""
        self._running[turn] = None
        self.send_ahead()

    def ended(self, turn: Turn) -> None:
        """Take note that it has no more."""
        self._running.pop(turn, None)

    def send_ahead(self) -> None:
        """Send the first who wait to workers that have just begun a job."""
        if not self.pool.seats.is_awaited:
            return
        now = monotonic()
        for turn in tuple(self._running):
            if turn.may_lead(now) and not turn.lead_next():
                return

    def give_back(self, seat: Seat) -> None:
        """Give a seat back; where nobody waits for it, it is for who is behind a job elsewhere."""
        self.pool.seats.give_back(seat)
        for turn in self._running_since(monotonic() - _SOON):
            if not self.pool.seats.is_free:
                return
            turn.take_back()

    def drain(self, seat: Seat, link: Link, begun: bytes) -> None:
        """Give a seat back when its worker has answered what was taken back."""

        def drained(error: Exception | None) -> None:
            self.watch.forget(reply.give_up)
            self.watch.ignore(link)
            if error or not reply.message.is_whole:
                seat.clear(kill=True)
            elif reply.message.value()[0][-1]:
                # It has done the job, and kept too much memory.
                seat.clear()
            self.give_back(seat)

        reply = Reply(link.socket, drained)
        self.watch.expect(link, reply)
        self.watch.until(monotonic() + _GRACE, reply.give_up)
        reply.begin(begun)

    def _take_back_from_long_ones(self, now: float) -> None:
        # Each becomes the first who waits: the one that has waited longest at last.
        for turn in reversed(self._running_since(now - BRIEF)):
            turn.take_back()

    def _running_since(self, moment: float) -> list[Turn]:
        return [turn for turn in self._running if turn.started < moment]
