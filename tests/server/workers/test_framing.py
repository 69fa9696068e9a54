"""Messages between the processes: whole or refused, wherever they are cut on their way."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator

import pytest

from iprgraph_server.workers import framing
from iprgraph_server.workers.inbox import Inbox
from iprgraph_server.workers.jobs import TAKE_BACK

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Give two ends of a connection."""
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


@pytest.mark.parametrize("head_size", [1, 70_000, 300_000])
@pytest.mark.parametrize("body_size", [0, 10, 1 << 16, 70_000, 3_000_000])
def test_a_message_comes_as_it_was_sent(pair: Pair, head_size: int, body_size: int) -> None:
    head, body = ("x" * head_size, 1), random.Random(7).randbytes(body_size)
    sender = threading.Thread(target=lambda: framing.send(pair[0], head, body))
    sender.start()
    received = framing.receive(pair[1])
    sender.join()
    assert received == (head, body)
    assert type(received[1]) is bytes


@pytest.mark.parametrize("body_size", [0, 30])
def test_a_message_may_come_byte_by_byte(pair: Pair, body_size: int) -> None:
    head, body = ("a", 7), b"q" * body_size
    data = framing.pack(head, body_size) + body
    message = framing.Message()
    for at in range(len(data)):
        assert not message.is_whole
        pair[0].send(data[at : at + 1])
        assert message.take(pair[1]) is (at < len(data) - 1)
    assert message.value() == (head, body)


@pytest.mark.parametrize("sent", [0, 5, 12, 20, 100])
def test_a_message_cut_short_is_none(pair: Pair, sent: int) -> None:
    pair[0].sendall((framing.pack(("done",), 1000) + b"." * 999)[:sent])
    pair[0].shutdown(socket.SHUT_WR)
    with pytest.raises(EOFError):
        framing.receive(pair[1])


def test_nothing_in_time_is_told(pair: Pair) -> None:
    framing.set_patience(pair[1], 0.05)
    with pytest.raises(BlockingIOError):
        framing.receive(pair[1])


def inbox(pair: Pair, *sent: bytes) -> tuple[Inbox, socket.socket]:
    """Give the inbox at one end, which was sent this at once, and the other end."""
    pair[0].sendall(b"".join(sent))
    return Inbox(pair[1]), pair[0]


def test_a_job_taken_back_in_time_is_passed_over(pair: Pair) -> None:
    received, other = inbox(pair, job(1), job(2), framing.pack(TAKE_BACK))
    assert received.next()[1] == (1,)
    other.sendall(job(3))
    assert received.next()[1] == (3,)
    assert framing.receive(other) == (("left", 0.0, False), b"")


def test_a_job_is_taken_back_though_it_was_read_already(pair: Pair) -> None:
    received, other = inbox(pair, job(1), job(2))
    assert received.next()[1] == (1,)
    other.sendall(framing.pack(TAKE_BACK))
    other.shutdown(socket.SHUT_WR)
    with pytest.raises(EOFError):
        received.next()
    assert framing.receive(other) == (("left", 0.0, False), b"")


def test_what_is_taken_back_too_late_is_done_once(pair: Pair) -> None:
    received, other = inbox(pair, job(1), job(2))
    assert [received.next()[1] for _ in range(2)] == [(1,), (2,)]
    other.sendall(framing.pack(TAKE_BACK) + job(3))
    assert received.next()[1] == (3,)
    other.setblocking(False)
    with pytest.raises(BlockingIOError):
        framing.receive(other)


def job(number: int) -> bytes:
    """Write a request."""
    return framing.pack((0, (number,), 30.0))
