"""Speak HTTP/1.1 with one client: read requests as they come, have them answered in their order.

httptools (Node's own parser) tells requests apart, and refuses what is not well-formed or could be
read in two ways. How long a client may take, and how much it may send, is bounded here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, NoReturn, cast

import httptools

from iprgraph_server.http.messages import STATUS_LINES
from iprgraph_server.serving.incoming import Exchange, describe_target

#: Longest target of a request, longest head, most header fields.
LONGEST_TARGET = 1 << 16
LONGEST_HEAD = 1 << 17
MOST_FIELDS = 100

#: Seconds in which a head must come, or the next part of a body; an idle connection has as many.
HEAD_SECONDS = 30
#: Seconds in which a client must take some of its answer.
STUCK_SECONDS = 60
#: Seconds for which a client may go on sending after an answer that did not wait for it.
LINGER_SECONDS = 2

#: Names of header fields as environs have them, kept for those that many requests have.
_NAMES = {b"Content-Type": "CONTENT_TYPE", b"Content-Length": "CONTENT_LENGTH"}
_MOST_NAMES = 256

Handle = Callable[[Exchange], None]


class Connection(asyncio.Protocol):
    """One connection; `handle` is called with each request when its turn has come."""

    transport: asyncio.Transport

    def __init__(
        self,
        handle: Handle,
        common: dict[str, Any],
        come: Callable[[Connection], None],
        gone: Callable[[Connection], None],
    ) -> None:
        self._handle = handle
        self._common = common
        self._come, self._gone = come, gone
        self._parser: Any = httptools.HttpRequestParser(self)
        self._target = b""
        self._environ: dict[str, Any] = {}
        self._fields = 0
        self._head_size = 0
        self._in_head = False
        self._refusal = 400
        #: The request whose body is still coming.
        self._reading: Exchange | None = None
        #: Requests in their order; the first is being answered.
        self._turns: deque[Exchange] = deque()
        self._advancing = self._held = self._ending = self._eof = False
        self._drained: asyncio.Future[None] | None = None
        #: Since when nothing came, or since when the answer goes nowhere.
        self._quiet = self._stuck = monotonic()
        self._unsent = 0
        #: When to break off a connection whose client need not be heard any more.
        self._linger = 0.0

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast(asyncio.Transport, transport)
        peer = self.transport.get_extra_info("peername")
        self._common = {**self._common, "REMOTE_ADDR": peer[0] if peer else ""}
        self._come(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self._linger:
            return
        self._quiet = monotonic()
        if not self._reading:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # The request is answered as though it offered nothing else, and is the last.
            pass
        except httptools.HttpParserCallbackError as error:
            self._refuse(self._refusal, str(error.__context__))
        except httptools.HttpParserError as error:
            self._refuse(400, str(error))
        if self._head_size > LONGEST_HEAD and not self._linger:
            self._refuse(431, f"the head has more than {LONGEST_HEAD:,} bytes")

    def eof_received(self) -> bool:
        """Send what is still to be sent, though nothing more will come."""
        self._eof = True
        if self._reading:
            self._reading.lose()
        return bool(self._turns)

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell all who wait for this client."""
        self._gone(self)
        for turn in self._turns:
            turn.leave()
        self.resume_writing()

    def pause_writing(self) -> None:
        """Have senders wait: the client takes its answer slowly."""
        self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Have senders go on."""
        drained, self._drained = self._drained, None
        if drained and not drained.done():
            drained.set_result(None)

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._environ = self._common.copy()
        self._target = b""
        self._fields = 0
        self._in_head = True

    def on_url(self, part: bytes) -> None:
        """Take a part of the target."""
        self._target += part
        if len(self._target) > LONGEST_TARGET:
            self._stop(414, f"the address has more than {LONGEST_TARGET:,} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field."""
        self._fields += 1
        if self._fields > MOST_FIELDS:
            self._stop(431, f"there are more than {MOST_FIELDS} header fields")
        if self._reading:
            # Nobody reads trailers.
            return
        key, environ = _NAMES.get(name) or _name(name), self._environ
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text

    def on_headers_complete(self) -> None:
        """Have a request answered, unless others come first."""
        parser, environ = self._parser, self._environ
        try:
            describe_target(environ, self._target.decode("latin-1"))
        except UnicodeDecodeError:
            self._stop(400, "the path is not UTF-8")
        environ["REQUEST_METHOD"] = parser.get_method().decode()
        environ["SERVER_PROTOCOL"] = f"HTTP/{parser.get_http_version()}"
        if environ["SERVER_PROTOCOL"] not in {"HTTP/1.1", "HTTP/1.0"}:
            self._stop(505, "this server speaks HTTP/1.1")
        keep = parser.should_keep_alive() and not parser.should_upgrade()
        exchange = Exchange(self, environ, keep)
        environ["iprgraph.body"] = self._reading = exchange
        self._head_size = 0
        self._in_head = False
        self._turns.append(exchange)
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            self._advance()

    def on_body(self, part: bytes) -> None:
        """Take a part of the body."""
        if self._reading:
            self._reading.feed(part)

    def on_message_complete(self) -> None:
        """Take note that a request is complete."""
        reading, self._reading = self._reading, None
        if reading:
            reading.finish()
            self._advance()

    # What requests call.

    def done(self, exchange: Exchange) -> None:
        """Go on with what comes after an answer that is complete."""
        self._quiet = monotonic()
        self._turns.popleft()
        # What holds itself would wait for the garbage collector, and stop the loop for its rounds.
        exchange.environ.pop("iprgraph.body", None)
        if exchange.keep and exchange.whole and not (self._eof and not self._turns):
            self._advance()
        elif exchange.whole:
            self._leave()
        else:
            self._begin_to_linger()

    def hold(self, held: bool) -> None:
        """Read no more, or go on."""
        if held != self._held and not self.transport.is_closing():
            self._held = held
            if held:
                self.transport.pause_reading()
            else:
                self._quiet = monotonic()
                self.transport.resume_reading()

    async def drain(self) -> None:
        """Wait until the client has taken enough; raises ConnectionError when it has gone."""
        if self._drained:
            await self._drained
        if self.transport.is_closing():
            raise ConnectionError("the client has gone")

    # What the listener calls.

    def look(self, now: float) -> None:
        """Break off what takes too long."""
        if self._eof and self._turns:
            self._turns[0].probe()
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent != self._unsent:
            self._unsent, self._stuck = unsent, now
        if now - self._stuck > STUCK_SECONDS or (self._linger and now > self._linger):
            self.transport.abort()
        elif self._linger or self._held or now - self._quiet <= HEAD_SECONDS:
            return
        elif self._reading:
            self._reading.lose()
        elif self._in_head and not self._turns:
            self._refuse(408, f"the head did not come within {HEAD_SECONDS} s")
        elif not self._turns:
            self._leave()

    def end(self) -> None:
        """Close when what is under way is answered; nobody waits for a slow sender."""
        self._ending = True
        if self._reading:
            self.transport.abort()
        elif self._turns:
            self._turns[-1].keep = False
        else:
            self._leave()

    def _advance(self) -> None:
        """Have the next request answered, when the one before it is."""
        if self._advancing:
            return
        self._advancing = True
        while self._turns and self._turns[0].task is None and not self.transport.is_closing():
            turn = self._turns[0]
            turn.task = self
            if self._ending and len(self._turns) == 1:
                turn.keep = False
            self._handle(turn)
        self._advancing = False
        # Whoever sends many requests at once waits until these are answered.
        self.hold(len(self._turns) > 1)

    def _stop(self, status: int, why: str) -> NoReturn:
        """End the parsing, to refuse what is sent."""
        self._refusal = status
        raise ValueError(why)

    def _refuse(self, status: int, why: str) -> None:
        """Answer what cannot be read as a request, when those before it are answered."""
        if self._reading:
            self._reading.lose()
            self._reading.keep = False
        elif self._turns:
            self._turns[-1].keep = False
        else:
            body = f"{STATUS_LINES[status]}: {why}.\n".encode()
            exchange = Exchange(self, {"SERVER_PROTOCOL": "HTTP/1.1"}, keep=False)
            self._turns.append(exchange)
            length = ("content-length", str(len(body)))
            exchange.respond(status, [("content-type", "text/plain"), length], body)

    def _leave(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _begin_to_linger(self) -> None:
        """Close the sending half, and wait a little: who closes while data comes in, takes the answer back."""
        if self._eof or self.transport.is_closing():
            self._leave()
            return
        self._linger = monotonic() + LINGER_SECONDS
        self.hold(False)
        self.transport.write_eof()


def _name(field: bytes) -> str:
    found = "HTTP_" + field.decode("latin-1").upper().replace("-", "_")
    if found in {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}:
        found = found[5:]
    if len(_NAMES) < _MOST_NAMES:
        _NAMES[field] = found
    return found
