"""Sealed packets from end to end, and all that must not end a connection or outlive it."""

import asyncio
import gc
import itertools
import random
import threading

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from tests.support.connections import Call, End, media_address, send_from_a_stranger, until
from tests.support.udp_forwarder import Direction, UdpForwarder
from tui_call.transport import handshake_repeater
from tui_call.transport.connection_state import ConnectionEnded, ConnectionState, NoAddress
from tui_call.transport.description import (
    BadDescription,
    CandidateLine,
    ConnectionDescription,
    Setup,
)
from tui_call.transport.ice_agent import IceAgent
from tui_call.transport.impairment import Impairment
from tui_call.transport.sealed_track import MOST_WAITING, PacketTooLarge

KILLING = {"empty": b"", "oversized": b"\x80" * 1600}


@pytest.fixture
def dtls_by_itself_repeats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SSL.Connection, "DTLSv1_get_timeout", lambda _: None)


async def test_sealed_packets_travel_both_ways_unchanged() -> None:
    async with Call() as call:
        call.caller.connection.send(b"from the caller")
        call.callee.connection.send(bytes(range(256)) * 4)
        await until(lambda: call.callee.received and call.caller.received)

        assert call.callee.received == [b"from the caller"]
        assert call.caller.received == [bytes(range(256)) * 4]
        assert call.caller.connection.path == call.callee.connection.path == "direct/UDP"
        assert call.caller.connection.packets_sent == 1
        assert call.callee.connection.packets_received == 1
        assert call.caller.connection.packets_dropped == 0


async def test_the_states_that_an_end_goes_through() -> None:
    async with Call() as call:
        pass
    both = [ConnectionState.CONNECTING, ConnectionState.CONNECTED, ConnectionState.CLOSED]
    assert call.caller.states == call.callee.states == both


async def test_the_callee_gathers_while_it_rings() -> None:
    call = Call()
    await call.callee.connection.gather()
    assert call.callee.states == []
    await call.negotiate()
    await call.connected()
    await call.close()


async def test_no_first_dtls_message_is_lost_though_the_answer_comes_late(
    monkeypatch: pytest.MonkeyPatch, dtls_by_itself_repeats_nothing: None
) -> None:
    monkeypatch.setattr(handshake_repeater, "WAITS", ())
    async with Call(UdpForwarder(delay=0.02)) as call:
        await call.exchange(2)


async def test_audio_packets_have_one_size_and_headers_that_tell_nothing() -> None:
    forwarder = UdpForwarder()
    async with Call(forwarder) as call:
        await call.exchange(50, size=160)

    for direction in Direction:
        packets = forwarder.audio(direction)
        assert len(packets) == 50
        assert {len(packet) for packet in packets} == {160 + 12 + 16}  # RTP header, GCM tag
        assert {packet[0] for packet in packets} == {0x80}  # no extension, padding or source list
        assert {packet[1] for packet in packets} == {0x80 | 96}  # marker on each
        assert {packet[8:12] for packet in packets} == {packets[0][8:12]}  # one source
        stamps = [int.from_bytes(packet[4:8]) for packet in packets]
        assert {(b - a) % (1 << 32) for a, b in itertools.pairwise(stamps)} == {960}


async def test_the_time_of_packets_goes_on_over_those_that_were_dropped() -> None:
    forwarder = UdpForwarder()
    async with Call(forwarder) as call:
        await call.exchange(1)
        for _ in range(MOST_WAITING + 3):
            call.caller.connection.send(b"too many at once")
        await until(lambda: len(call.callee.received) == 1 + MOST_WAITING)
        assert call.caller.connection.packets_dropped == 3

    packets = forwarder.audio(Direction.TO_CALLEE)
    origin = int.from_bytes(packets[0][4:8])
    stamps = [(int.from_bytes(packet[4:8]) - origin) % (1 << 32) for packet in packets]
    kept = range(1 + 3, 1 + 3 + MOST_WAITING)
    assert stamps == [960 * number for number in (0, *kept)]


@pytest.mark.parametrize("datagram", KILLING.values(), ids=KILLING)
async def test_a_datagram_that_ends_a_stock_call_does_not_end_ours(datagram: bytes) -> None:
    forwarder = UdpForwarder()
    async with Call(forwarder) as call:
        forwarder.send(Direction.TO_CALLER, datagram)
        await until(lambda: call.caller.connection.datagrams_filtered == 1)
        await call.exchange()
        assert call.caller.connected

    caller, callee = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    for stock in (caller, callee):
        sender = stock.addTrack(AudioStreamTrack())
        # For computers without a network.
        IceAgent(sender.transport.transport, (), relay_only=False)
    await caller.setLocalDescription(await caller.createOffer())
    await callee.setRemoteDescription(caller.localDescription)
    await callee.setLocalDescription(await callee.createAnswer())
    await caller.setRemoteDescription(callee.localDescription)
    await until(lambda: caller.connectionState == callee.connectionState == "connected")
    send_from_a_stranger(caller.localDescription.sdp, datagram)
    await until(lambda: caller.connectionState == "closed")
    await callee.close()


async def test_garbage_and_replays_are_dropped_and_the_call_goes_on() -> None:
    chance = random.Random(1)
    forwarder = UdpForwarder()
    async with Call(forwarder) as call:
        await call.exchange()
        for length in (1, 2, 3, 11, 12, 19, 20, 21, 40, 172, 1499, 1500):
            for first in (0, 1, 20, 22, 63, 64, 128, 129, 191, 192, 255):
                garbage = bytes([first]) + chance.randbytes(length - 1)
                forwarder.send(Direction.TO_CALLER, garbage)
            await asyncio.sleep(0)
        for packet in forwarder.audio(Direction.TO_CALLER):
            forwarder.send(Direction.TO_CALLER, packet)
        await call.exchange()

        assert len(call.caller.received) == 20


@pytest.mark.parametrize("seed", range(3))
async def test_a_broken_network_does_not_hold_up_dtls_for_seconds(
    dtls_by_itself_repeats_nothing: None, seed: int
) -> None:
    """What is repeated before DTLS would repeat anything by itself is enough."""
    async with Call(impairment=Impairment(0.3, 0, seed)):
        pass


async def test_dtls_is_not_repeated_once_the_peer_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshake_repeater, "WAITS", itertools.repeat(0.01))
    async with Call() as call:
        await call.exchange()
        repeating = [end.connection._repeater._repeating for end in (call.caller, call.callee)]
        await until(lambda: all(task is not None and task.done() for task in repeating))


async def test_a_broken_network_loses_packets_and_nothing_else() -> None:
    async with Call(impairment=Impairment(0.2, 100, 1)) as call:
        for number in range(100):
            call.caller.connection.send(bytes([number]) * 100)
            await until(lambda number=number: call.caller.connection.packets_sent == number + 1)
        sender = call.caller.connection._datagrams._impaired
        await until(lambda: sender is not None and not sender._late.running)
        await until(lambda: len(call.callee.received) > 60)
        received = [packet[0] for packet in call.callee.received]

        assert len(set(received)) == len(received) < 95
        assert received != sorted(received)


async def test_duplicates_arrive_once() -> None:
    async with Call(UdpForwarder(duplicates=1.0)) as call:
        await call.exchange()
        assert len(call.callee.received) == 10


async def test_a_certificate_that_was_not_announced_fails() -> None:
    def other_fingerprint(answer: str) -> str:
        at = answer.index("sha-256 ") + len("sha-256 ")
        return answer[:at] + ("11" if answer[at : at + 2] != "11" else "22") + answer[at + 2 :]

    call = Call()
    await call.negotiate(other_fingerprint)
    await until(lambda: ConnectionState.FAILED in call.caller.states)
    call.callee.connection.send(b"to whom?")
    call.caller.connection.send(b"to whom?")

    assert ConnectionState.CONNECTED not in call.caller.states
    assert call.caller.connection.packets_dropped == 1
    assert call.caller.received == []
    await call.close()


async def test_without_a_connection_packets_are_dropped_and_counted() -> None:
    call = Call()
    call.caller.connection.send(b"early")
    await call.negotiate()
    await call.connected()
    await call.close()
    call.caller.connection.send(b"late")

    assert call.caller.connection.packets_dropped == 2
    assert call.callee.received == []


async def test_the_oldest_packets_give_way_and_large_ones_are_refused() -> None:
    async with Call() as call:
        with pytest.raises(PacketTooLarge):
            call.caller.connection.send(bytes(1201))
        for number in range(2 * MOST_WAITING):
            call.caller.connection.send(bytes([number]) * 1200)
        await until(lambda: len(call.callee.received) == MOST_WAITING)

        assert call.callee.received[-1] == bytes([2 * MOST_WAITING - 1]) * 1200
        assert call.caller.connection.packets_dropped == MOST_WAITING


async def test_a_listener_that_raises_does_not_end_the_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    call = Call()

    def refuse(packet: bytes) -> None:
        call.callee.received.append(packet)
        raise RuntimeError("a defect above")

    call.callee.connection._receiver._on_payload = refuse
    async with call:
        await call.exchange(5)
    assert len(call.callee.received) == 5
    assert caplog.text.count("could not be handled") == 1


async def test_when_one_end_closes_the_other_is_told() -> None:
    async with Call() as call:
        await call.caller.connection.close()
        await until(lambda: call.callee.connection.state is ConnectionState.CLOSED)


async def test_a_relay_that_is_required_and_not_there_is_missed() -> None:
    end = End(relay_only=True)
    with pytest.raises(NoAddress):
        await end.connection.create_offer()
    await end.connection.close()


async def test_no_server_is_asked_that_is_not_configured() -> None:
    connection = End().connection
    assert connection._agent.connection.stun_server is None
    assert connection._agent.connection.turn_server is None
    await connection.close()


async def nothing_left() -> None:
    gc.collect()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not [thread for thread in threading.enumerate() if "decoder" in thread.name]


@pytest.mark.parametrize("stage", ["new", "gathered", "offered", "answered", "connected"])
async def test_closing_leaves_nothing_behind(stage: str) -> None:
    call = Call()
    if stage == "gathered":
        await call.callee.connection.gather()
    elif stage == "offered":
        await call.caller.connection.create_offer()
    elif stage in ("answered", "connected"):
        await call.negotiate()
    if stage == "connected":
        await call.connected()
    await call.close()
    await call.close()
    await nothing_left()


async def test_closing_in_the_middle_of_dtls_leaves_nothing_behind() -> None:
    forwarder = UdpForwarder(delay=0.01)
    call = Call(forwarder)
    await call.negotiate()
    await until(lambda: any(datagram.is_client_hello for datagram in forwarder.recorded))
    await call.close()
    await nothing_left()


async def test_setting_up_after_the_end_is_refused() -> None:
    call = Call()
    offer = await call.caller.connection.create_offer()
    answer = await call.callee.connection.create_answer(offer)
    await call.close()
    for attempt in (
        call.caller.connection.gather(),
        call.caller.connection.create_offer(),
        call.caller.connection.create_answer(offer),
        call.caller.connection.accept_answer(answer),
    ):
        with pytest.raises(ConnectionEnded):
            await attempt
    await nothing_left()


async def test_closing_while_gathering_ends_cleanly() -> None:
    end = End()
    offering = asyncio.create_task(end.connection.create_offer())
    await asyncio.sleep(0)
    await end.connection.close()
    assert "a=candidate" in await offering
    await nothing_left()


async def test_a_refused_description_leaves_the_connection_usable() -> None:
    call = Call()
    with pytest.raises(BadDescription):
        await call.callee.connection.create_answer("v=0\r\n")
    await call.negotiate()
    await call.connected()
    await call.close()


loopback_candidates = st.builds(
    CandidateLine,
    foundation=st.just("1"),
    priority=st.integers(1, (1 << 31) - 1),
    address=st.integers(1, 254).map(lambda last: f"127.0.0.{last}"),
    port=st.integers(1, 65535),
    kind=st.sampled_from(["host", "srflx", "relay"]),
)


@pytest.mark.lengthy
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        ConnectionDescription,
        username=st.text("Aa0+/", min_size=4, max_size=256),
        password=st.text("Aa0+/", min_size=22, max_size=256),
        fingerprint=st.just(":".join(["A5"] * 32)),
        setup=st.sampled_from(Setup),
        payload_type=st.integers(96, 127),
        candidates=st.lists(loopback_candidates, min_size=1, max_size=8).map(tuple),
    )
)
def test_aiortc_takes_every_description_that_was_read(offer: ConnectionDescription) -> None:
    async def answer() -> None:
        end = End()
        assert media_address(await end.connection.create_answer(str(offer)))
        await asyncio.sleep(0)
        await end.connection.close()
        await nothing_left()

    asyncio.run(answer())
