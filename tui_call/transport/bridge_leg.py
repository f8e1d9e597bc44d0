"""One device's leg at a bridge: who may speak on it, its DTLS and SRTP, and how it stands.

    checks ──► DTLS handshake ──► "connected" ◄──► "silent"
       └───────────┴───────────────────┴─────────────┴────► "closed"

Where the device is, `bridge_way` knows. Nobody else can say anything to DTLS (`dtls_mac`), and its
certificate has to be the one that its offer announced. One SSRC, one payload type, no extensions:
whatever else SRTP might carry is not looked at.

Private names used: `RTCDtlsTransport._set_role`, `._rx_srtp` and `._tx_srtp`, the sessions whose
keys aiortc has exported from DTLS (RFC 5764, section 4.2).
"""
# pyright: reportPrivateUsage=false

import logging
import secrets
import struct
from collections.abc import Callable
from typing import Literal

import pylibsrtp
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport

from tui_call.e2ee.allowance import Allowance
from tui_call.tasks import Tasks
from tui_call.transport.bridge_ice import LegTransport
from tui_call.transport.bridge_socket import BridgeFigures, BridgeSocket, Source
from tui_call.transport.bridge_stun import answer_to, authentic_check
from tui_call.transport.bridge_way import WayBack
from tui_call.transport.description import ConnectionDescription
from tui_call.transport.dtls_mac import with_mac, without_mac
from tui_call.transport.handshake_repeater import HandshakeRepeater
from tui_call.transport.sealed_track import LARGEST_PACKET, TICKS_PER_PACKET

LegState = Literal["new", "connected", "silent", "closed"]

SILENT_SECONDS = 2.0
"""Without an authentic packet a leg is silent."""

CONSENT_SECONDS = 30.0
"""Without an authentic check a leg is closed (RFC 7675, section 5.1)."""

PACKETS_A_SECOND = 60
"""A device sends 50, and its beats and reports; more is not passed on."""

PACKETS_AT_ONCE = 60
"""What a second without a network lets come at once."""

RECORDS_A_SECOND = 100
"""Of DTLS: a handshake has a dozen, each repeated some times, and there is nothing after it."""

_LONG_AGO = float("-inf")
_VERSION_2 = 0x80
"""First byte of RTP without padding, extension or sources (RFC 3550, section 5.1)."""
_MARKER = 0x80
_RECORD_NUMBER = slice(3, 11)
"""Epoch and sequence number of a record of DTLS (RFC 6347, section 4.1): the newer, the higher."""
_RTCP_TYPES = range(192, 224)
"""Second byte of RTCP (RFC 5761, section 4): a device reports, and nobody here needs it."""
_HEAD = struct.Struct(">BBHII")
_HEAD_BYTES = _HEAD.size

_log = logging.getLogger(__name__)


class BridgeLeg:
    """One leg; to be used in one event loop, once.

    Args:
        described: the device's offer.
        certificate: the bridge's own.
        clock: seconds that only go forward.
        on_packet: is given the payload of each packet.
        on_state: is told each change of `state`.
        figures: count what is not taken.

    Attributes:
        state: "new" until media may flow.
        username: the own ICE user name.
        password: the own ICE password.
    """

    def __init__(
        self,
        described: ConnectionDescription,
        certificate: RTCCertificate,
        *,
        clock: Callable[[], float],
        on_packet: Callable[[bytes], None],
        on_state: Callable[[LegState], None],
        figures: BridgeFigures,
    ) -> None:
        self.state: LegState = "new"
        self.username = secrets.token_hex(8)
        self.password = secrets.token_hex(16)
        self._described = described
        self._clock = clock
        self._on_packet = on_packet
        self._on_state = on_state
        self._figures = figures

        self._tasks = Tasks()
        self._asked_by = f"{self.username}:{described.username}".encode()
        self._checked = clock()
        self._way = WayBack(self)
        self._records = Allowance(RECORDS_A_SECOND, RECORDS_A_SECOND)
        self._newest_record = b""
        self._allowance = Allowance(PACKETS_AT_ONCE, PACKETS_A_SECOND)
        self._ssrc = b""
        self._heard = _LONG_AGO
        self._own_ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(15)  # so that it does not wrap early: RFC 3711, 3.3.1
        self._stamp = 0
        self._inbound: pylibsrtp.Session | None = None
        self._outbound: pylibsrtp.Session | None = None

        self._transport = LegTransport(self._send_records)
        self._repeater = HandshakeRepeater(self._transport.as_ice, lambda: self._ssrc != b"")
        self._dtls = RTCDtlsTransport(self._transport.as_ice, [certificate])
        self._dtls._set_role("server")  # noqa: SLF001
        self._dtls.on("statechange", self._dtls_changed)

    def start(self) -> None:
        """Wait for the device's DTLS."""
        self._tasks.spawn(self._shake_hands())

    def close(self) -> None:
        """End the leg and tell the device, in the background; may be called again."""
        if self.state == "closed":
            return
        self._inbound = self._outbound = None
        self._way.close()
        self._tasks.spawn(self._end())
        self._become("closed")

    async def ended(self) -> None:
        """Wait until the device was told."""
        await self._tasks.wait()

    def look(self, now: float) -> None:
        """Notice what has not come for too long."""
        if now - self._checked > CONSENT_SECONDS:
            self.close()
        elif self.state == "connected" and now - self._heard > SILENT_SECONDS:
            self._become("silent")

    def take_check(self, message: bytes, asked: bytes, at: BridgeSocket, source: Source) -> bool:
        """Take a check for this leg; answer it and return True, if it is authentic.

        Args:
            message: as it came.
            asked: its user name.
            at: the socket that it came to.
            source: where from.
        """
        now = self._clock()
        if asked != self._asked_by or not self._way.may_check(at, source, now):
            return False
        password = self.password.encode()
        check = authentic_check(message, password)
        if check is None:
            return False
        self._checked = now
        self._way.know(at, source)
        at.send(answer_to(check, source[0], source[1], password), source)
        return True

    def take_records(self, datagram: bytes, at: BridgeSocket, source: Source) -> bool:
        """Take DTLS from a known place; return whether the device sent it."""
        records, now = without_mac(datagram, self.password), self._clock()
        if records is None or not self._records.take(now) or not self._transport.put(records):
            return False
        if records[_RECORD_NUMBER] > self._newest_record:  # and no copy of an earlier one
            self._newest_record = records[_RECORD_NUMBER]
            self._way.follow(at, source, now)
        else:
            self._way.stay(at, source, now)
        return True

    def take_media(self, packet: bytes, at: BridgeSocket, source: Source) -> bool:
        """Take SRTP from a known place; return whether the device sent it."""
        inbound = self._inbound
        if inbound is None or not self._is_of_the_stream(packet):
            return len(packet) > 1 and packet[1] in _RTCP_TYPES
        now = self._clock()
        try:
            plain = inbound.unprotect(packet)
        except pylibsrtp.Error:
            self._way.stay(at, source, now)
            return False
        self._way.follow(at, source, now)
        self._ssrc = plain[8:12]
        self._heard = now
        if self.state == "silent":
            self._become("connected")
        if not self._allowance.take(now):
            self._figures.excess += 1
            return True
        try:
            self._on_packet(plain[_HEAD_BYTES:])
        except Exception:
            self._figures.failed += 1
            if self._figures.failed == 1:
                _log.exception("a packet of a leg could not be handled; the leg goes on")
        return True

    def is_heard_from(self, at: BridgeSocket, source: Source) -> bool:
        """Return whether the device speaks from a place right now."""
        return self._way.is_heard_from(at, source, self._clock())

    def send(self, packet: bytes) -> bool:
        """Send the payload of a packet; return whether it is on its way."""
        outbound = self._outbound
        if outbound is None or len(packet) > LARGEST_PACKET:
            self._figures.unsent += 1
            return False
        kind = _MARKER | self._described.payload_type
        head = _HEAD.pack(_VERSION_2, kind, self._sequence, self._stamp, self._own_ssrc)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._stamp = (self._stamp + TICKS_PER_PACKET) & 0xFFFFFFFF
        return self._way.send(outbound.protect(head + packet))

    def _is_of_the_stream(self, packet: bytes) -> bool:
        return (
            len(packet) > _HEAD_BYTES
            and packet[0] == _VERSION_2
            and packet[1] & ~_MARKER == self._described.payload_type
            and packet[8:12] == (self._ssrc or packet[8:12])
        )

    def _send_records(self, records: bytes) -> None:
        self._way.send(with_mac(records, self._described.password))

    async def _shake_hands(self) -> None:
        announced = RTCDtlsFingerprint("sha-256", self._described.fingerprint)
        try:
            await self._dtls.start(RTCDtlsParameters([announced]))
            if self._dtls.state == "connected" and self.state == "new":
                self._inbound, self._outbound = self._dtls._rx_srtp, self._dtls._tx_srtp  # noqa: SLF001
                self._heard = self._clock()
                self._become("connected")
        finally:
            if self._dtls.state != "connected":
                self.close()

    def _dtls_changed(self) -> None:
        if self._dtls.state in ("closed", "failed"):
            self.close()

    async def _end(self) -> None:
        await self._repeater.close()
        await self._dtls.stop()
        self._transport.end()
        self._dtls.remove_all_listeners()

    def _become(self, state: LegState) -> None:
        self.state = state
        self._on_state(state)
