"""Calls through a real TURN server, and what a STUN server tells."""

import base64
import hashlib
import hmac
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support import strangers
from tests.support.connections import Call, End, send_from_a_stranger, until
from tests.support.coturn import SECRET, Coturn, coturn
from tests.support.sockets import udp_ports
from tui_call.config.ice_server import IceServer, Way
from tui_call.transport import ice_agent
from tui_call.transport.connection_state import NoAddress
from tui_call.transport.description import read_offer
from tui_call.transport.probing import answers

pytestmark = pytest.mark.e2e
WAYS: tuple[Way, ...] = ("UDP", "TCP", "TLS")


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Coturn]:
    async with coturn(tmp_path) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.authority))
        yield running


def credentials(seconds: int = 60) -> tuple[str, str]:
    username = f"{int(time.time()) + seconds}:somebody"
    digest = hmac.digest(SECRET.encode(), username.encode(), hashlib.sha1)
    return username, base64.b64encode(digest).decode()


def own_udp_ports() -> list[str]:
    return [address for _, (address, _) in udp_ports(os.getpid())]


@pytest.mark.parametrize("way", WAYS)
async def test_with_relays_only_nothing_goes_from_device_to_device(
    server: Coturn, way: Way
) -> None:
    before = len(own_udp_ports())
    relay = server.relay(way, *credentials())
    async with Call(ice_servers=[relay], relay_only=True) as call:
        offered = read_offer(call.offer).candidates
        assert {one.kind for one in offered} == {"relay"}
        await call.exchange()
        assert call.caller.connection.path == call.callee.connection.path == f"relay/{way}"
        # Two devices with a socket each towards the relay; by TCP none that could be sent to.
        assert len(own_udp_ports()) - before == (2 if way == "UDP" else 0)
    assert server.log.read_text().count("ALLOCATE processed, success") == 2


@pytest.mark.parametrize("way", WAYS)
async def test_what_strangers_send_to_a_relay_is_not_taken(server: Coturn, way: Way) -> None:
    """They share the peer's address but for the port, so the relay lets them in."""
    relay = server.relay(way, *credentials())
    async with Call(ice_servers=[relay], relay_only=True) as call:
        await call.exchange()
        records = list(strangers.DTLS.values())
        send_from_a_stranger(call.offer, *records)
        await until(lambda: call.caller.connection.datagrams_filtered == len(records))
        await call.exchange()


async def test_a_relay_that_only_one_side_has_is_enough(server: Coturn) -> None:
    call = Call()
    call.callee = End(ice_servers=[server.relay("TLS", *credentials())], relay_only=True)
    async with call:
        await call.exchange()
        assert call.caller.connection.path == "relay/UDP"
        assert call.callee.connection.path == "relay/TLS"


async def test_devices_that_reach_each_other_leave_the_relay_alone(server: Coturn) -> None:
    servers = [server.stun, server.relay("UDP", *credentials())]
    async with Call(ice_servers=servers) as call:
        assert {one.kind for one in read_offer(call.offer).candidates} == {"host", "srflx", "relay"}
        await call.exchange()
        assert call.caller.connection.path == "direct/UDP"


async def test_of_several_relays_one_that_answers_is_taken(
    server: Coturn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice_agent, "SERVERS_SECONDS", 3_600.0)
    good = credentials()
    nobody = IceServer("127.0.0.1", server.tls_port, True, "UDP", *good)  # does not answer there
    servers = [nobody, server.relay("TCP", *good), server.relay("TLS", *good)]
    async with Call(ice_servers=servers, relay_only=True) as call:
        assert len(read_offer(call.offer).candidates) == 1
        await call.exchange()
        assert call.caller.connection.path in ("relay/TCP", "relay/TLS")


@pytest.mark.parametrize("way", WAYS)
async def test_credentials_that_are_over_or_wrong_give_no_relay(server: Coturn, way: Way) -> None:
    username, credential = credentials()
    for name, word in (credentials(-60), (username, "guessed"), (username + "x", credential)):
        end = End(ice_servers=[server.relay(way, name, word)], relay_only=True)
        with pytest.raises(NoAddress):
            await end.connection.create_offer()
        await end.connection.close()


async def test_a_relay_that_does_not_prove_who_it_is_is_not_used_by_tls(
    server: Coturn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    end = End(ice_servers=[server.relay("TLS", *credentials())], relay_only=True)
    with pytest.raises(NoAddress):
        await end.connection.create_offer()
    await end.connection.close()


async def test_a_server_that_is_of_use_is_told_from_one_that_is_not(server: Coturn) -> None:
    username, credential = credentials()
    assert await answers(server.stun)
    for way in WAYS:
        assert await answers(server.relay(way, username, credential))
        assert not await answers(server.relay(way, username, "guessed"))


async def test_a_server_that_takes_its_time_is_of_use(
    server: Coturn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call with addresses of its own does not wait for it; who asks whether it answers does."""
    monkeypatch.setattr(ice_agent, "SERVERS_SECONDS", 0.0)
    assert await answers(server.stun)
