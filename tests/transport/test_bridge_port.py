"""Legs at a bridge, with the product's own connections as devices."""

import asyncio
import gc
import itertools

import pytest

from tests.support.bridge_legs import HERE, BridgeRig, candidates
from tests.support.connections import until
from tests.support.udp_forwarder import Direction, UdpForwarder
from tui_call.transport import bridge_leg, bridge_port, bridge_way, ice_agent
from tui_call.transport.bridge_socket import PortTaken
from tui_call.transport.connection_state import ConnectionEnded, ConnectionState, NoAddress
from tui_call.transport.description import BadDescription, read_offer
from tui_call.transport.impairment import Impairment
from tui_call.transport.sealed_track import LARGEST_PACKET


@pytest.fixture(autouse=True)
def quick_looks_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_port, "LOOK_SECONDS", 0.005)
    monkeypatch.setattr(ice_agent, "worthwhile_addresses", lambda _: [HERE[0]])


async def test_two_legs_on_one_port_and_each_gets_its_own() -> None:
    async with BridgeRig() as rig:
        ada, ben = await asyncio.gather(rig.connect("ada"), rig.connect("ben"))
        ports = {port for device in (ada, ben) for _, port in candidates(device.answer)}
        assert ports == {rig.port.port}

        await rig.exchange(ada)
        await rig.exchange(ben)
        assert all(payload.startswith(b"ada ") for payload in ada.received)
        assert all(payload.startswith(b"ben ") for payload in ben.received)
        assert {(leg, payload[:3].decode()) for leg, payload in rig.packets} == {
            ("ada", "ada"),
            ("ben", "ben"),
        }
        assert rig.port.figures == bridge_port.BridgeFigures()


async def test_it_answers_from_the_address_that_was_asked() -> None:
    async with BridgeRig() as rig:

        def leave_out_the_first(answer: str) -> str:
            lines = answer.splitlines(keepends=True)
            return "".join(line for line in lines if f" {HERE[0]} " not in line)

        device = await rig.describe("ada", alter_answer=leave_out_the_first)
        await until(lambda: device.connected and rig.told)
        await rig.exchange(device)
        assert candidates(device.answer) == [(HERE[1], rig.port.port)]


async def test_what_it_sends_counts_in_sequence_and_time_and_tells_nothing_else() -> None:
    forwarder = UdpForwarder()
    async with BridgeRig() as rig:
        device = await rig.connect("ada", forwarder=forwarder)
        await rig.exchange(device, 20)
    packets = forwarder.audio(Direction.TO_CALLER)
    assert len(packets) == 20
    assert {packet[:2] for packet in packets} == {b"\x80\xe0"}
    assert len({packet[8:12] for packet in packets}) == 1
    pairs = list(itertools.pairwise(packets))
    steps = {int.from_bytes(b[2:4]) - int.from_bytes(a[2:4]) & 0xFFFF for a, b in pairs}
    assert steps == {1}
    stamps = [int.from_bytes(packet[4:8]) for packet in packets]
    assert stamps == [960 * number for number in range(20)]


@pytest.mark.parametrize("seed", range(3))
async def test_it_connects_over_a_network_that_loses_a_third(seed: int) -> None:
    async with BridgeRig() as rig:
        lossy = UdpForwarder(impairment=Impairment(0.3, 20, seed), duplicates=0.2)
        await rig.connect("ada", forwarder=lossy)
        assert rig.states("ada") == ["connected"]


async def test_what_cannot_be_sent_is_not_and_is_counted() -> None:
    async with BridgeRig() as rig:
        assert not rig.port.send("nobody", b"x")
        waiting = await rig.describe("ben")
        assert not rig.port.send("ben", b"too early")
        await until(lambda: waiting.connected and rig.states("ben"))
        assert not rig.port.send("ben", bytes(LARGEST_PACKET + 1))
        assert rig.port.send("ben", bytes(LARGEST_PACKET))
        await until(lambda: waiting.received == [bytes(LARGEST_PACKET)])
        assert rig.port.figures.unsent == 2


async def test_a_leg_that_brings_nothing_is_silent_until_it_is_heard_again() -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada")
        await rig.exchange(device)
        rig.now += bridge_leg.SILENT_SECONDS + 0.1
        await until(lambda: rig.states("ada") == ["connected", "silent"])
        assert rig.port.send("ada", b"are you there?")
        await until(lambda: device.received[-1] == b"are you there?")
        await rig.exchange(device, 1)
        assert rig.states("ada") == ["connected", "silent", "connected"]


async def test_without_consent_a_leg_is_closed() -> None:
    """Sound alone does not keep it: checks are what says that it may be sent to."""
    async with BridgeRig() as rig:
        device = await rig.connect("ada")
        rig.now += bridge_leg.CONSENT_SECONDS - 0.1
        await rig.exchange(device)
        rig.now += 0.2
        await until(lambda: rig.states("ada")[-1] == "closed")
        await until(lambda: device.connection.state is ConnectionState.CLOSED)
        assert not rig.port.send("ada", b"gone")


async def test_an_offer_whose_device_never_comes_is_forgotten() -> None:
    async with BridgeRig() as rig:
        device = await rig.offer("ada")
        await rig.port.answer("ada", device.offer)
        rig.now += bridge_leg.CONSENT_SECONDS + 0.1
        await until(lambda: rig.told == [("ada", "closed")])
        assert rig.port._by_username == {}


async def test_either_end_closes_and_the_other_is_told_once() -> None:
    async with BridgeRig() as rig:
        ada, ben = await asyncio.gather(rig.connect("ada"), rig.connect("ben"))
        rig.port.close_leg("ada")
        rig.port.close_leg("ada")
        await until(lambda: ada.connection.state is ConnectionState.CLOSED)
        await ben.connection.close()
        await until(lambda: ("ben", "closed") in rig.told)
    assert rig.states("ada") == rig.states("ben") == ["connected", "closed"]


async def test_the_same_offer_has_the_same_answer_and_another_one_takes_its_place() -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada")
        assert await rig.port.answer("ada", device.offer) == device.answer
        await rig.exchange(device)

        again = await rig.connect("ada")
        await until(lambda: device.over)
        await rig.exchange(again)
        assert rig.states("ada") == ["connected", "closed", "connected"]


async def test_a_certificate_that_was_not_announced_gets_no_leg() -> None:
    async with BridgeRig() as rig:

        def of_another(offer: str) -> str:
            fingerprint = read_offer(offer).fingerprint
            return offer.replace(fingerprint, ":".join(["A5"] * 32))

        device = await rig.describe("ada", alter_offer=of_another)
        await until(lambda: rig.told == [("ada", "closed")])
        await until(lambda: device.connected)
        device.connection.send(b"let me in")
        await until(lambda: rig.port.figures.dropped)
        assert rig.packets == []


@pytest.mark.parametrize("change", ["setup:passive", "nothing", "fingerprint"])
async def test_offers_that_cannot_be_used_are_refused(change: str) -> None:
    async with BridgeRig() as rig:
        offer = (await rig.offer("ada")).offer
        changed = {
            "setup:passive": offer.replace("setup:actpass", "setup:passive"),
            "nothing": "v=0\r\n",
            "fingerprint": offer.replace("a=fingerprint:sha-256 ", "a=fingerprint:sha-1 "),
        }[change]
        with pytest.raises(BadDescription):
            await rig.port.answer("ada", changed)
        assert rig.told == []


async def test_sockets_follow_the_addresses_and_legs_elsewhere_go_on() -> None:
    async with BridgeRig() as rig:
        stays = await rig.connect("ada")
        rig.addresses = (HERE[0],)
        await until(lambda: rig.port.addresses == (HERE[0],))
        await rig.exchange(stays)
        later = await rig.connect("ben")
        assert candidates(later.answer) == [(HERE[0], rig.port.port)]

        rig.addresses = ("127.0.0.3", HERE[0])
        await until(lambda: "127.0.0.3" in rig.port.addresses)
        third = await rig.connect("cy")
        assert ("127.0.0.3", rig.port.port) in candidates(third.answer)
        await rig.exchange(stays)


async def test_a_leg_goes_on_when_its_address_was_gone_and_is_back() -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada", forwarder=UdpForwarder())
        await rig.exchange(device)
        before = rig.port._sockets[HERE[0]]
        rig.addresses = (HERE[1],)
        await until(lambda: rig.port.addresses == (HERE[1],))
        await until(lambda: not rig.port.send("ada", b"from where?"))
        rig.addresses = HERE
        await until(lambda: HERE[0] in rig.port.addresses)
        assert rig.port._sockets[HERE[0]] is not before
        rig.now += bridge_way.KEPT_SECONDS + 0.1
        device.inject(device.check())
        await rig.exchange(device)
        assert rig.states("ada") == ["connected"]


async def test_a_leg_over_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice_agent, "worthwhile_addresses", lambda _: ["::1"])
    async with BridgeRig(("::1",)) as rig:
        device = await rig.connect("ada")
        await rig.exchange(device)
        assert candidates(device.answer) == [("::1", rig.port.port)]


async def test_an_address_that_cannot_be_had_is_left_out() -> None:
    async with BridgeRig((*HERE, "203.0.113.9")) as rig:  # the last is nobody's: RFC 5737
        device = await rig.connect("ada")
        await rig.exchange(device)
        assert rig.port.addresses == HERE


@pytest.mark.parametrize(
    ("wildcards", "sockets"),
    [
        (("0.0.0.0",), ("192.0.2.1",)),
        (("::",), ("192.0.2.1", "2001:db8::1")),
        (("0.0.0.0", "::", HERE[1]), (HERE[1], "192.0.2.1", "2001:db8::1")),
    ],
)
def test_a_wildcard_stands_for_addresses_and_is_never_a_socket(
    monkeypatch: pytest.MonkeyPatch, wildcards: tuple[str, ...], sockets: tuple[str, ...]
) -> None:
    own = ["192.0.2.1", "2001:db8::1"]
    monkeypatch.setattr(bridge_port, "worthwhile_addresses", lambda _: own)
    assert bridge_port._each_address(wildcards) == list(sockets)


async def test_all_addresses_of_the_computer_and_one_from_outside() -> None:
    async with BridgeRig(("0.0.0.0",), public_address="198.51.100.7") as rig:
        assert rig.port.addresses
        assert "0.0.0.0" not in rig.port.addresses
        device = await rig.describe("ada")
        assert candidates(device.answer)[0] == ("198.51.100.7", rig.port.port)


async def test_without_an_address_or_with_a_taken_port_it_does_not_start() -> None:
    none = BridgeRig(())
    with pytest.raises(NoAddress):
        await none.port.start()
    async with BridgeRig() as rig:
        second = bridge_port.BridgePort(
            port=rig.port.port,
            addresses=HERE,
            on_packet=lambda *_: None,
            on_state=lambda *_: None,
        )
        with pytest.raises(PortTaken, match=str(rig.port.port)):
            await second.start()
        await second.close()
        offer = (await rig.offer("ada")).offer
    with pytest.raises(ConnectionEnded):
        await rig.port.answer("ada", offer)


async def test_a_packet_that_cannot_be_handled_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with BridgeRig() as rig:
        device = await rig.connect("ada")
        leg = rig.port._legs["ada"].leg
        handle, leg._on_packet = leg._on_packet, refuse
        for _ in range(2):
            device.connection.send(b"x")
        await until(lambda: rig.port.figures.failed == 2)
        leg._on_packet = handle
        await rig.exchange(device)
    assert caplog.text.count("could not be handled") == 1


@pytest.mark.parametrize("stage", ["started", "described", "connected"])
async def test_closing_leaves_nothing_behind(stage: str) -> None:
    rig = BridgeRig()
    await rig.port.start()
    if stage != "started":
        await (rig.connect if stage == "connected" else rig.describe)("ada")
    await rig.port.close()
    await rig.port.close()
    for device in rig.devices:
        await device.connection.close()
    gc.collect()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    if stage != "started":
        assert rig.states("ada")[-1] == "closed"


def refuse(_: bytes) -> None:
    raise RuntimeError("a defect above")
