"""Messages that are sent again until the other device has them. Time is virtual."""

import random

import pytest

from tui_call.calls.acknowledged import (
    FIRST_RETRY,
    LONGEST_RETRY,
    RETRY_FACTOR,
    Envelope,
    Outbox,
)

CALL, OTHER_CALL = bytes(16), bytes([1] * 16)
ACCOUNT, DEVICE = "bob@home-3fk2", bytes([2] * 16)


def sent(outbox: Outbox, now: float = 0.0, call: bytes = CALL, payload: bytes = b"m") -> Envelope:
    envelope = outbox.number(call, ACCOUNT, DEVICE, payload)
    outbox.keep(envelope, now)
    return envelope


def acknowledge(outbox: Outbox, envelope: Envelope) -> None:
    outbox.acknowledged(envelope.call, envelope.sequence, envelope.account, envelope.device)


def test_each_call_numbers_its_messages_from_zero() -> None:
    outbox = Outbox()
    numbers = [
        outbox.number(call, ACCOUNT, DEVICE, b"").sequence
        for call in (CALL, CALL, OTHER_CALL, CALL, OTHER_CALL)
    ]

    assert numbers == [0, 1, 0, 2, 1]


def test_what_is_only_numbered_is_not_sent_again() -> None:
    outbox = Outbox()
    outbox.number(CALL, ACCOUNT, DEVICE, b"once")

    assert outbox.next_deadline() is None
    assert outbox.due(1000.0) == []


def test_a_message_is_sent_again_at_growing_intervals() -> None:
    outbox = Outbox()
    envelope = sent(outbox, now=10.0)
    waits: list[float] = []
    now = 10.0
    for _ in range(14):
        deadline = outbox.next_deadline()
        assert deadline is not None
        assert outbox.due(deadline - 0.001) == []
        assert outbox.due(deadline) == [envelope]
        waits.append(deadline - now)
        now = deadline

    expected = [min(FIRST_RETRY * RETRY_FACTOR**count, LONGEST_RETRY) for count in range(14)]
    assert waits == pytest.approx(expected)
    assert waits[-1] == pytest.approx(LONGEST_RETRY)


def test_what_belongs_to_no_call_is_sent_again_for_a_while() -> None:
    outbox = Outbox()
    envelope, other = outbox.number(CALL, ACCOUNT, DEVICE, b"no"), sent(outbox)
    outbox.keep(envelope, 0.0, seconds=5.0)
    assert outbox.due(4.9) == [other, envelope]
    assert outbox.due(5.0) == []
    assert outbox.due(1000.0) == [other]


def for_a_while(outbox: Outbox) -> Envelope:
    envelope = outbox.number(CALL, ACCOUNT, DEVICE, b"no")
    outbox.keep(envelope, 0.0, seconds=5.0)
    return envelope


@pytest.mark.parametrize("arrive", [(), (0,), (1,), (0, 1), (1, 0)])
def test_of_what_belongs_to_no_call_nothing_is_known_once_it_is_over(
    arrive: tuple[int, ...],
) -> None:
    outbox = Outbox()
    other = sent(outbox, call=OTHER_CALL)
    refusals = [for_a_while(outbox), for_a_while(outbox)]
    for number in arrive:
        acknowledge(outbox, refusals[number])
    assert outbox.due(5.0) == [other]

    assert outbox.number(CALL, ACCOUNT, DEVICE, b"").sequence == 0
    assert outbox.number(OTHER_CALL, ACCOUNT, DEVICE, b"").sequence == 1


def test_a_call_that_goes_on_counts_on_whatever_of_it_was_for_a_while() -> None:
    outbox = Outbox()
    for_a_while(outbox)
    acknowledge(outbox, sent(outbox))
    outbox.due(5.0)
    acknowledge(outbox, sent(outbox))

    assert outbox.number(CALL, ACCOUNT, DEVICE, b"").sequence == 3


def test_what_is_acknowledged_is_not_sent_again() -> None:
    outbox = Outbox()
    first, second = sent(outbox), sent(outbox)
    acknowledge(outbox, first)

    assert outbox.due(1.0) == [second]
    acknowledge(outbox, second)
    acknowledge(outbox, second)
    assert outbox.next_deadline() is None


@pytest.mark.parametrize(
    "acknowledgement",
    [
        (CALL, 0, ACCOUNT, bytes(16)),
        (CALL, 0, "eve@home-3fk2", DEVICE),
        (CALL, 1, ACCOUNT, DEVICE),
        (OTHER_CALL, 0, ACCOUNT, DEVICE),
    ],
)
def test_only_the_device_that_it_went_to_can_acknowledge_a_message(
    acknowledgement: tuple[bytes, int, str, bytes],
) -> None:
    outbox = Outbox()
    envelope = sent(outbox)
    outbox.acknowledged(*acknowledgement)

    assert outbox.due(1.0) == [envelope]


def test_a_call_that_is_over_is_forgotten_and_others_are_not() -> None:
    outbox = Outbox()
    sent(outbox)
    other = sent(outbox, call=OTHER_CALL)
    outbox.forget(CALL)
    outbox.forget(CALL)

    assert outbox.due(1.0) == [other]
    assert outbox.number(CALL, ACCOUNT, DEVICE, b"").sequence == 0
    assert outbox.number(OTHER_CALL, ACCOUNT, DEVICE, b"").sequence == 1


def test_a_device_that_is_out_of_a_call_gets_nothing_more_of_it() -> None:
    outbox, other_device = Outbox(), bytes([3] * 16)
    out = sent(outbox)
    stays = outbox.number(CALL, ACCOUNT, other_device, b"")
    outbox.keep(stays, 0.0)
    elsewhere = sent(outbox, call=OTHER_CALL)
    outbox.forget_device(CALL, DEVICE)

    assert out not in outbox.due(1.0)
    assert outbox.due(10.0) == [stays, elsewhere]
    assert outbox.number(CALL, ACCOUNT, other_device, b"").sequence == 2


@pytest.mark.parametrize("seed", range(5))
def test_over_a_service_that_loses_everything_arrives_in_the_end(seed: int) -> None:
    chance = random.Random(seed)
    outbox = Outbox()
    waiting = {sent(outbox, payload=bytes([number])).payload for number in range(20)}
    while (now := outbox.next_deadline()) is not None:
        for envelope in outbox.due(now):
            if chance.random() < 0.5:
                waiting.discard(envelope.payload)
                if chance.random() < 0.5:
                    acknowledge(outbox, envelope)

    assert waiting == set()
