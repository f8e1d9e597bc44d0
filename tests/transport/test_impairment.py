"""The bad network in the process: as often lost and as late as said, the same for one seed."""

import asyncio
from itertools import islice

import pytest

from tests.support.connections import Call
from tui_call.transport.impairment import ImpairedSender, Impairment


def test_one_seed_gives_one_fate() -> None:
    first, again, other = (Impairment(0.3, 40, seed).fates() for seed in (1, 1, 2))
    fates = list(islice(first, 200))

    assert fates == list(islice(again, 200))
    assert fates != list(islice(other, 200))


def test_losses_and_delays_are_as_said() -> None:
    fates = list(islice(Impairment(loss=0.1, jitter_ms=30, seed=7).fates(), 10_000))
    delays = [fate for fate in fates if fate is not None]

    assert 900 < fates.count(None) < 1100
    assert min(delays) >= 0.0
    assert max(delays) <= 0.030
    assert 0.014 < sum(delays) / len(delays) < 0.016


def test_losses_come_in_a_row_where_that_is_said() -> None:
    fates = list(islice(Impairment(0.1, 0, seed=7, burst=3).fates(), 30_000))
    lost = "".join("x" if fate is None else "." for fate in fates)

    assert 2600 < lost.count("x") < 3400
    assert all(len(run) % 3 == 0 for run in lost.strip("x").split(".") if run)


def test_what_an_outage_held_up_comes_together() -> None:
    fates = list(islice(Impairment(0, 0, seed=7, outage_ms=200).fates(), 1000))
    arrivals = [number * 0.02 + fate for number, fate in enumerate(fates) if fate]

    assert len(arrivals) == 10
    assert max(arrivals) - min(arrivals) < 1e-9


@pytest.mark.parametrize(("burst", "outage"), [(0, 0.0), (1, -1.0)])
def test_bursts_and_outages_are_at_least_none(burst: int, outage: float) -> None:
    with pytest.raises(ValueError, match="at least"):
        Impairment(0.1, 0, seed=1, burst=burst, outage_ms=outage)


def test_a_delay_holds_for_everything_and_changes_no_fate() -> None:
    fates = list(islice(Impairment(0.1, 30, seed=7).fates(), 1_000))
    later = list(islice(Impairment(0.1, 30, seed=7, delay_ms=50).fates(), 1_000))

    assert [fate is None for fate in fates] == [fate is None for fate in later]
    differences = [b - a for a, b in zip(fates, later, strict=True) if a is not None and b]
    assert differences == pytest.approx([0.050] * len(differences))


@pytest.mark.parametrize(
    ("loss", "jitter", "delay"), [(5, 0, 0), (-0.1, 0, 0), (0.1, -1, 0), (0.1, 1, -1)]
)
def test_a_percentage_is_not_taken_for_a_fraction(loss: float, jitter: float, delay: float) -> None:
    with pytest.raises(ValueError, match="fraction"):
        Impairment(loss, jitter, seed=1, delay_ms=delay)


async def test_a_far_away_peer_is_reached_and_nothing_is_left_of_what_was_late() -> None:
    """Connectivity checks and their answers are late too: with those lost no call would come up."""
    async with Call(impairment=Impairment(0.0, 0.0, seed=1, delay_ms=30)) as call:
        await call.exchange(3)


async def test_late_datagrams_arrive_or_are_forgotten_at_the_end() -> None:
    arrived: list[bytes] = []
    done = asyncio.Event()

    async def deliver(datagram: bytes) -> None:
        arrived.append(datagram)
        if len(arrived) == 20:
            done.set()

    sender = ImpairedSender(deliver, Impairment(loss=0.0, jitter_ms=20, seed=3))
    sent = [bytes([number]) for number in range(20)]
    for datagram in sent:
        await sender.send(datagram)
    async with asyncio.timeout(5):
        await done.wait()
    assert sorted(arrived) == sent
    assert arrived != sent

    await sender.send(b"too late")
    await sender.close()
    assert b"too late" not in arrived
    assert len(asyncio.all_tasks()) == 1


async def test_a_connection_that_ended_swallows_what_is_late() -> None:
    gone = asyncio.Event()

    async def refuse(datagram: bytes) -> None:
        gone.set()
        raise ConnectionError

    sender = ImpairedSender(refuse, Impairment(loss=0.0, jitter_ms=1, seed=3))
    await sender.send(b"late")
    async with asyncio.timeout(5):
        await gone.wait()
    await sender.close()
