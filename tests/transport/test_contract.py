"""The private names of aiortc and aioice that the adapters use are still what they were.

When one of these fails after an update, read the adapter that is named before changing the test.
"""

import asyncio
import inspect
from importlib.metadata import version

import pytest
from aioice import Connection
from aioice.ice import (
    CandidatePair,
    StunProtocol,
    relayed_candidate,
    server_reflexive_candidate,
)
from aioice.stun import Transaction
from aioice.turn import TurnClientMixin
from aiortc import RTCDtlsTransport, RTCIceGatherer, RTCIceTransport, RTCRtpReceiver

from tui_call.transport.handshake_repeater import WAITS

RELAYED = [
    "component", "hide_related_address", "protocol_factory", "turn_server", "turn_username",
    "turn_password", "turn_ssl", "turn_transport",
]  # fmt: skip


def parameters(function: object) -> list[str]:
    assert callable(function)
    return list(inspect.signature(function).parameters)


@pytest.fixture
async def transport() -> RTCIceTransport:
    return RTCIceTransport(RTCIceGatherer(iceServers=[]))


def test_the_versions_are_those_that_were_read() -> None:
    assert version("aiortc").startswith("1.16.")
    assert version("aioice").startswith("0.13.")


def test_receiver_hook_handle_rtp_packet() -> None:
    handle = RTCRtpReceiver._handle_rtp_packet

    assert inspect.iscoroutinefunction(handle)
    assert parameters(handle) == ["self", "packet", "arrival_time_ms"]
    router = inspect.getsource(RTCDtlsTransport._handle_rtp_data)
    assert "receiver._handle_rtp_packet(packet, arrival_time_ms=arrival_time_ms)" in router


async def test_datagram_filter_ways_in_and_out(transport: RTCIceTransport) -> None:
    connection = transport._connection

    assert parameters(transport._send) == ["data"]
    assert inspect.iscoroutinefunction(transport._send)
    assert "self.transport._send(data)" in inspect.getsource(RTCDtlsTransport)
    assert connection._protocols == []
    assert isinstance(connection._queue, asyncio.Queue)
    assert parameters(connection.data_received) == ["data", "component"]
    assert parameters(StunProtocol.datagram_received) == ["self", "data", "addr"]
    assert parameters(StunProtocol.send_stun) == ["self", "message", "addr"]
    receive = inspect.getsource(StunProtocol.datagram_received)
    assert "self.receiver.data_received(data, self.local_candidate.component)" in receive
    assert "addr = (addr[0], addr[1])" in receive
    assert "self.receiver.datagram_received(" in inspect.getsource(TurnClientMixin)
    error = ["request", "addr", "protocol", "error_code"]
    assert parameters(connection.respond_error) == error
    answer = inspect.getsource(Connection.request_received)
    assert answer.count("self.respond_error(message, addr, protocol, (40") == 3
    assert "self.transactions[request.transaction_id] = transaction" in inspect.getsource(
        StunProtocol.request
    )
    assert "self.__addr = addr" in inspect.getsource(Transaction)
    assert connection.remote_password is None
    assert len(connection.local_password) >= 22


def test_handshake_repeater_repeats_before_dtls_itself() -> None:
    assert sum(WAITS) < 1.0  # OpenSSL's first time-out
    write = inspect.getsource(RTCDtlsTransport._write_ssl)
    assert "await self.transport._send(data)" in write
    assert "1500" in write


async def test_ice_agent_connection(transport: RTCIceTransport) -> None:
    connection = transport._connection

    assert isinstance(connection, Connection)
    assert connection._nominated == {}
    assert parameters(connection.connect) == []
    assert "await self._connection.connect()" in inspect.getsource(RTCIceTransport.start)
    assert parameters(connection.get_component_candidates) == ["component", "addresses", "timeout"]
    gather = inspect.getsource(Connection.gather_candidates)
    assert "self.get_component_candidates(component=component, addresses=addresses)" in gather
    assert parameters(relayed_candidate) == RELAYED
    assert parameters(server_reflexive_candidate) == ["protocol", "stun_server"]
    gather_hosts = inspect.getsource(Connection.get_component_candidates)
    assert "self._protocols += host_protocols" in gather_hosts
    assert parameters(connection.check_incoming) == ["message", "addr", "protocol"]
    assert "self.check_incoming(*early_check)" in inspect.getsource(Connection.connect)
    assert parameters(connection.check_complete) == ["pair"]
    check = inspect.getsource(Connection.check_start)
    assert "integrity_key=self.remote_password" in check
    assert "if addr != pair.remote_addr:" in check
    assert "self.check_complete(pair)" in check
    assert parameters(connection.check_start_task) == ["pair"]
    assert parameters(connection.check_state) == ["pair", "state"]
    assert connection._check_list == []
    assert {"local_candidate", "remote_addr"} <= set(dir(CandidatePair))
    assert "self.protocol = protocol" in inspect.getsource(CandidatePair.__init__)
    assert "self.remote_candidate = " in inspect.getsource(CandidatePair.__init__)


def test_aiortc_asks_a_public_server_unless_told_not_to() -> None:
    assert RTCIceGatherer.getDefaultIceServers()
    assert RTCIceGatherer(iceServers=[])._connection.stun_server is None
