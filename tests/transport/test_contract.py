"""The private names of aiortc and aioice that the adapters use are still what they were.

When one of these fails after an update, read the adapter that is named before changing the test.
"""

import asyncio
import inspect
import re
from importlib.metadata import version

import pylibsrtp
import pytest
from aioice import Connection
from aioice.ice import (
    CandidatePair,
    StunProtocol,
    relayed_candidate,
    server_reflexive_candidate,
)
from aioice.stun import Message, Transaction, parse_message
from aioice.turn import TurnClientMixin
from aiortc import (
    RTCCertificate,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceTransport,
    RTCRtpReceiver,
)

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
    assert version("pylibsrtp").startswith("1.0.")


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


async def test_bridge_ice_is_all_that_dtls_asks_of_an_ice_transport(
    transport: RTCIceTransport,
) -> None:
    source = inspect.getsource(RTCDtlsTransport)
    asked = set(re.findall(r"self\.transport\.(\w+)|self\._transport\.(\w+)", source))
    assert {first or second for first, second in asked} == {"_recv", "_send", "role"}
    assert parameters(transport._recv) == []
    assert parameters(transport._send) == ["data"]
    begins = inspect.getsource(RTCDtlsTransport.start)
    assert 'if self._role == "auto":\n            if self.transport.role' in begins


def test_bridge_leg_takes_the_keys_that_dtls_exports() -> None:
    dtls = RTCDtlsTransport(object(), [RTCCertificate.generateCertificate()])  # pyright: ignore[reportArgumentType]

    assert parameters(dtls._set_role) == ["role"]
    assert dtls._rx_srtp is dtls._tx_srtp is None
    keys = inspect.getsource(RTCDtlsTransport._setup_srtp)
    assert "self._rx_srtp = Session(rx_policy)" in keys
    assert "self._tx_srtp = Session(tx_policy)" in keys
    assert "window_size = 1024" in keys
    assert 'if self._role == "server"' in keys
    begins = inspect.getsource(RTCDtlsTransport.start)
    order = ["_do_handshake", "_validate_peer_identity", "_setup_srtp", "State.CONNECTED"]
    assert [begins.index(step) for step in order] == sorted(map(begins.index, order))
    assert dtls.state == "new"
    assert "raise ConnectionError" in inspect.getsource(RTCDtlsTransport._recv_next)
    assert 'self.emit("statechange")' in inspect.getsource(RTCDtlsTransport._set_state)


def test_bridge_leg_srtp_fails_as_one_error_and_takes_what_a_datagram_holds() -> None:
    policy = pylibsrtp.Policy(
        key=bytes(30),
        ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND,
        srtp_profile=pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    )
    for length in (0, 1, 12, 1500):
        with pytest.raises(pylibsrtp.Error):
            pylibsrtp.Session(policy).unprotect(b"\x80" * length)


def test_bridge_stun_checks_integrity_apart_from_reading() -> None:
    assert parameters(parse_message) == ["data"]
    assert parameters(Message.check_message_integrity) == ["self", "key"]
    assert parameters(Message.add_message_integrity) == ["self", "key"]
