"""The addresses that are offered, the time that gathering takes, and the path."""

import asyncio
from types import SimpleNamespace

import ifaddr
import pytest
from aiortc import RTCIceGatherer, RTCIceServer, RTCIceTransport

from tests.support.connections import Call, End
from tui_call.transport import IceServer, NoAddress, ice_agent
from tui_call.transport.description import read_offer
from tui_call.transport.ice_agent import IceAgent, worthwhile_addresses


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


async def test_a_server_that_does_not_answer_costs_bounded_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ice_agent, "GATHERING_SECONDS", 0.05)
    silent, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    port = silent.get_extra_info("sockname")[1]
    servers = [IceServer((f"stun:127.0.0.1:{port}", f"turn:127.0.0.1:{port}"), "name", "word")]
    end = End(ice_servers=servers)
    async with asyncio.timeout(2):
        offer = await end.connection.create_offer()
    assert {one.kind for one in read_offer(offer).candidates} == {"host"}

    relayed = End(ice_servers=servers, relay_only=True)
    with pytest.raises(NoAddress):
        await relayed.connection.create_offer()
    await end.connection.close()
    await relayed.connection.close()
    silent.close()


@pytest.mark.parametrize(
    ("local", "remote", "url", "path"),
    [
        ("host", "srflx", "turn:relay.example", "direct/UDP"),
        ("host", "relay", "turn:relay.example?transport=tcp", "relay/UDP"),
        ("relay", "host", "turn:relay.example", "relay/UDP"),
        ("relay", "host", "turn:relay.example?transport=tcp", "relay/TCP"),
        ("relay", "relay", "turns:relay.example", "relay/TLS"),
    ],
)
async def test_the_path_is_that_of_the_nominated_pair(
    local: str, remote: str, url: str, path: str
) -> None:
    transport = RTCIceTransport(RTCIceGatherer([RTCIceServer(url, "name", "word")]))
    agent = IceAgent(transport, relay_only=False)
    assert agent.path == ""

    agent.connection._nominated[1] = SimpleNamespace(
        local_candidate=SimpleNamespace(type=local), remote_candidate=SimpleNamespace(type=remote)
    )
    assert agent.path == path
