"""What strangers can send to the media port of a call, before it and in it."""

import asyncio
import socket

import pytest
from aioice import stun
from aioice.ice import CandidatePair
from OpenSSL import SSL

from tests.support import strangers
from tests.support.connections import Call, media_address, send_from_a_stranger, until
from tests.support.udp_forwarder import Direction, Recorded, UdpForwarder
from tui_call.transport import handshake_repeater, ice_agent
from tui_call.transport.datagram_filter import MOST_WAITING


async def test_broken_stun_is_dropped_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Call() as call:
        send_from_a_stranger(call.offer, strangers.STUN["STUN, broken"])
        await until(lambda: call.caller.connection.datagrams_filtered == 1)
        await call.exchange()
    assert "Traceback" not in caplog.text


async def test_nothing_that_strangers_send_while_it_rings_waits_for_the_call() -> None:
    """At either end: DTLS would read it first, and most of it ends a handshake."""
    call = Call()
    offer = await call.caller.connection.create_offer()
    answer = await call.callee.connection.create_answer(offer)
    for end, description in ((call.caller, offer), (call.callee, answer)):
        send_from_a_stranger(description, *strangers.ALL.values())
        counted = len(strangers.ALL) - 1  # not an answer to nothing
        await until(lambda end=end, n=counted: end.connection.datagrams_filtered == n)
        assert end.connection._agent.connection._queue.empty()
    await call.caller.connection.accept_answer(answer)
    await call.connected()
    await call.exchange()
    await call.close()


async def test_what_comes_before_all_addresses_are_gathered_does_not_wait_either(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    call = Call()
    connection = call.caller.connection._agent.connection
    gather = ice_agent.IceServers.ask

    async def ask_while_strangers_send(*arguments: object) -> object:
        host = connection._protocols[0].local_candidate
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(strangers.DTLS["alert that ends"], (host.host, host.port))
            stranger.sendto(strangers.STUN["STUN, broken"], (host.host, host.port))
        await until(lambda: call.caller.connection.datagrams_filtered == 2)
        return await gather(*arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(ice_agent.IceServers, "ask", ask_while_strangers_send)
    monkeypatch.setattr(ice_agent, "worthwhile_addresses", lambda _: ["127.0.0.1"])
    async with call:
        await call.exchange()
    assert "Traceback" not in caplog.text


async def test_authentic_packets_from_elsewhere_are_not_taken() -> None:
    """A check has to come from there first; so nobody gets in without one."""
    forwarder = UdpForwarder()
    async with Call(forwarder) as call:
        await call.exchange()
        forwarder.open = False
        call.callee.connection.send(b"once")
        recorded = len(forwarder.audio(Direction.TO_CALLER))
        await until(lambda: len(forwarder.audio(Direction.TO_CALLER)) > recorded)
        packet = forwarder.audio(Direction.TO_CALLER)[-1]
        send_from_a_stranger(call.offer, packet)
        await until(lambda: call.caller.connection.datagrams_filtered == 1)
        assert call.caller.received[-1] != b"once"
        forwarder.send(Direction.TO_CALLER, packet)
        await until(lambda: call.caller.received[-1] == b"once")


async def test_nobody_else_s_check_is_answered() -> None:
    async with Call() as call:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.setblocking(False)
            checks = [strangers.STUN[name] for name in ("STUN request", "STUN check of another")]
            for check in checks:
                stranger.sendto(check, media_address(call.offer))
            await until(lambda: call.caller.connection.datagrams_filtered == len(checks))
            with pytest.raises(BlockingIOError):
                stranger.recv(1500)


async def test_the_answer_to_an_own_check_lets_the_peer_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the peer's checks from before the answer are lost, as in a flood of copies of one."""
    monkeypatch.setattr(stun, "RETRY_RTO", 3_600.0)
    monkeypatch.setattr(handshake_repeater, "WAITS", ())
    monkeypatch.setattr(SSL.Connection, "DTLSv1_get_timeout", lambda _: None)
    call = Call(UdpForwarder())
    connection = call.caller.connection._agent.connection
    take, taken = connection.check_incoming, []

    def take_no_early_one(*check: object) -> None:
        taken.append(check)
        if connection._early_checks_done:
            take(*check)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(connection, "check_incoming", take_no_early_one)
    async with call:
        await call.exchange()
    assert taken


async def test_copies_of_a_check_from_elsewhere_cost_no_more_than_so_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ice_agent, "MOST_PAIRS", 5)
    async with Call() as call:
        theirs = call.caller.connection._agent.connection
        check = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.REQUEST,
            attributes={
                "USERNAME": f"{theirs.local_username}:{theirs.remote_username}",
                "PRIORITY": 1,
                "ICE-CONTROLLED": 1,
            },
        )
        check.add_message_integrity(theirs.local_password.encode())
        before = len(theirs.remote_candidates)
        for _ in range(20):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
                elsewhere.sendto(bytes(check), media_address(call.offer))
                await asyncio.to_thread(elsewhere.recv, 1500)
        assert len(theirs.remote_candidates) <= before + 5
        await call.exchange()


async def test_who_passes_checks_on_does_not_become_the_path() -> None:
    """By a copy of a check that chose the path, from an address that answers like the peer."""
    async with Call() as call:
        callee = call.callee.connection._agent.connection
        check = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.REQUEST,
            attributes={
                "USERNAME": f"{callee.local_username}:{callee.remote_username}",
                "PRIORITY": 1,
                "ICE-CONTROLLING": 1,
                "USE-CANDIDATE": None,
            },
        )
        check.add_message_integrity(callee.local_password.encode())
        caller_at = media_address(call.offer)
        hosts = (protocol.local_candidate for protocol in callee._protocols)
        callee_at = next((host.host, host.port) for host in hosts if ":" not in host.host)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as between:
            between.setblocking(False)
            between.sendto(bytes(check), callee_at)
            port = between.getsockname()[1]

            async def pass_on() -> None:
                while True:
                    data, sender = await asyncio.get_running_loop().sock_recvfrom(between, 1500)
                    between.sendto(data, caller_at if sender == callee_at else callee_at)

            passing = asyncio.create_task(pass_on())
            await until(
                lambda: any(
                    pair.remote_addr[1] == port and pair.state is CandidatePair.State.SUCCEEDED
                    for pair in callee._check_list
                )
            )
            passing.cancel()
        await call.exchange()


class Copier(UdpForwarder):
    """Sends copies of each STUN message from elsewhere, and sooner than the message itself."""

    def __init__(self, copies: int, delay: float) -> None:
        super().__init__(delay=delay)
        self.copies = copies

    def forward(self, datagram: Recorded) -> None:
        if datagram.data[0] < 4 and datagram.direction in self._ends:
            for _ in range(self.copies):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
                    elsewhere.sendto(datagram.data, self._ends[datagram.direction])
        super().forward(datagram)


@pytest.mark.parametrize(
    ("copies", "delay"),
    [
        pytest.param(1, 0.005, id="one"),
        pytest.param(ice_agent.MOST_PAIRS + 20, 0.0, id="more than are taken"),
    ],
)
async def test_copies_of_checks_and_answers_from_elsewhere_end_nothing(
    copies: int, delay: float
) -> None:
    async with Call(Copier(copies, delay)) as call:
        await call.exchange()


async def test_a_flood_before_the_answer_is_bounded_and_the_call_connects() -> None:
    """From the address of the peer, where nobody reads yet."""
    call = Call()
    callee = call.callee.connection

    def flood(answer: str) -> str:
        for _ in range(2 * MOST_WAITING):
            callee._datagrams._take(b"\x80flood", 1)
        assert callee._agent.connection._queue.qsize() == MOST_WAITING
        return answer

    await call.negotiate(flood)
    await call.connected()
    await call.exchange()
    await call.close()
