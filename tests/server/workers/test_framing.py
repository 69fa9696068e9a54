"""Messages between the processes: whole or refused, wherever they are cut on their way."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator

import pytest

from iprgraph_server.workers import framing

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


@pytest.mark.parametrize(
    ("head_size", "body_size"), [(3, 0), (3, 30), (3, 70_000), (70_000, 70_000)]
)
def test_a_message_may_come_in_pieces_of_any_size(head_size: int, body_size: int) -> None:
    chance = random.Random(3)
    head, body = ("a" * head_size, 7), chance.randbytes(body_size)
    data = framing.pack(head, body_size) + body
    for step in (1, 7, 4_096):
        message, at = framing.Message(), 0
        while at < len(data):
            room = message.room()
            count = min(step, len(room), len(data) - at)
            room[:count] = data[at : at + count]
            at += count
            assert message.add(count) is (at == len(data))
        assert message.value() == (head, body)


@pytest.mark.parametrize("sent", [0, 5, 12, 20, 100])
def test_a_message_cut_short_is_none(pair: Pair, sent: int) -> None:
    pair[0].sendall((framing.pack(("done",), 1000) + b"." * 999)[:sent])
    pair[0].shutdown(socket.SHUT_WR)
    with pytest.raises(EOFError):
        framing.receive(pair[1])


def test_nothing_in_time_is_told(pair: Pair) -> None:
    framing.set_receive_timeout(pair[1], 0.05)
    with pytest.raises(BlockingIOError):
        framing.receive(pair[1])


def test_messages_that_wait_together_are_taken_one_by_one() -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with near, far:
        framing.send(near, ("taken", "a release"))
        framing.send(near, ("drained", "an address"))
        near.shutdown(socket.SHUT_WR)
        heads = [framing.receive(far)[0] for _ in range(2)]
        assert heads == [("taken", "a release"), ("drained", "an address")]
        with pytest.raises(EOFError):
            framing.receive(far)
