"""The addresses that are offered, the time that gathering takes, and the path."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import ifaddr
import pytest
from aioice import stun
from aiortc import RTCIceGatherer, RTCIceTransport

from tests.support.connections import Call, End, until
from tests.support.udp_forwarder import UdpForwarder
from tui_call.config.ice_server import IceServer
from tui_call.transport import ice_agent
from tui_call.transport.addresses import worthwhile_addresses
from tui_call.transport.connection_state import NoAddress
from tui_call.transport.description import read_offer
from tui_call.transport.ice_agent import IceAgent

SOON = 20.0


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        ([], ["127.0.0.1"]),
        (["127.0.0.1", "::1", "127.0.0.2"], ["127.0.0.1"]),
        (["169.254.3.4", "fe80::1"], ["169.254.3.4", "fe80::1"]),
        (["169.254.3.4", "10.0.0.2", "fe80::1", "fd00::2"], ["10.0.0.2", "fd00::2"]),
        (["10.0.0.2", "10.0.0.2", "0.0.0.0", "224.0.0.1"], ["10.0.0.2"]),
        ([f"10.0.0.{last}" for last in range(1, 30)], [f"10.0.0.{last}" for last in range(1, 9)]),
    ],
)
def test_the_addresses_that_are_worth_a_check(found: list[str], chosen: list[str]) -> None:
    assert worthwhile_addresses(found) == chosen


async def test_two_ends_on_a_computer_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ifaddr, "get_adapters", list)

    async with Call() as call:
        await call.exchange()
        assert [one.address for one in read_offer(call.offer).candidates] == ["127.0.0.1"]
        assert call.caller.connection.path == "direct/UDP"


@pytest.fixture
async def silent() -> AsyncIterator[list[IceServer]]:
    """A STUN and a TURN server that do not answer."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    yield [IceServer("127.0.0.1", port), IceServer("127.0.0.1", port, relays=True)]
    transport.close()


async def test_servers_that_do_not_answer_are_left_where_there_is_another_way(
    silent: list[IceServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice_agent, "GATHERING_SECONDS", 3_600.0)
    monkeypatch.setattr(ice_agent, "SERVERS_SECONDS", 0.05)
    end = End(ice_servers=silent)
    async with asyncio.timeout(SOON):
        offer = await end.connection.create_offer()
    assert {one.kind for one in read_offer(offer).candidates} == {"host"}
    await end.connection.close()


async def test_whoever_answers_does_not_wait_for_what_was_looked_for_while_it_rang(
    silent: list[IceServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice_agent, "GATHERING_SECONDS", 3_600.0)
    monkeypatch.setattr(ice_agent, "SERVERS_SECONDS", 0.05)
    caller, callee = End(), End(ice_servers=silent)
    ahead = asyncio.create_task(callee.connection.gather())
    offer = await caller.connection.create_offer()
    assert not ahead.done()
    async with asyncio.timeout(SOON):
        answer = await callee.connection.create_answer(offer)
        await caller.connection.accept_answer(answer)
        await until(lambda: caller.connected and callee.connected)
        await ahead
    for end in (caller, callee):
        await end.connection.close()


@pytest.mark.parametrize("relay_only", [True, False])
async def test_patience_ends_where_nobody_asks_for_the_addresses(
    silent: list[IceServer], monkeypatch: pytest.MonkeyPatch, relay_only: bool
) -> None:
    monkeypatch.setattr(ice_agent, "GATHERING_SECONDS", 0.05)
    end = End(ice_servers=silent, relay_only=relay_only)
    async with asyncio.timeout(SOON):
        if relay_only:
            with pytest.raises(NoAddress):
                await end.connection.gather()
        else:
            await end.connection.gather()
    await end.connection.close()


async def test_a_check_that_a_nat_did_not_let_in_is_sent_again_when_the_peer_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing but the peer's own check brings a lost one back here: no timer does."""
    monkeypatch.setattr(stun, "RETRY_RTO", 3_600.0)
    call = Call(UdpForwarder(restricted=True))
    async with asyncio.timeout(SOON), call:
        await call.exchange()


async def test_a_call_over_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice_agent, "worthwhile_addresses", lambda _: ["::1"])
    async with Call() as call:
        await call.exchange()
        assert [one.address for one in read_offer(call.offer).candidates] == ["::1"]
        assert call.callee.connection.path == "direct/UDP"


@pytest.mark.parametrize(
    ("local", "remote", "way", "path"),
    [
        ("host", "srflx", "UDP", "direct/UDP"),
        ("host", "relay", "TCP", "relay/UDP"),
        ("relay", "host", "UDP", "relay/UDP"),
        ("relay", "host", "TCP", "relay/TCP"),
        ("relay", "relay", "TLS", "relay/TLS"),
    ],
)
async def test_the_path_is_that_of_the_nominated_pair(
    local: str, remote: str, way: str, path: str
) -> None:
    transport = RTCIceTransport(RTCIceGatherer(iceServers=[]))
    agent = IceAgent(transport, (), relay_only=False)
    assert agent.path == ""

    protocol = object()
    agent._servers.relays[protocol] = way
    agent.connection._nominated[1] = SimpleNamespace(
        protocol=protocol,
        local_candidate=SimpleNamespace(type=local),
        remote_candidate=SimpleNamespace(type=remote),
    )
    assert agent.path == path
