"""Takes RTP payloads out of aiortc before it decodes them.

aiortc offers decoded sound only, through a jitter buffer that answers one lost packet with a hole
of 320 ms. With the hook that buffer, the decoder and the receiver reports see no packet.

Private name used: `RTCRtpReceiver._handle_rtp_packet(packet, arrival_time_ms=)`, which the DTLS
transport awaits for each packet that SRTP has authenticated. An exception there would end the
connection.
"""

import logging
from collections.abc import Callable

from aiortc import RTCRtpReceiver
from aiortc.rtp import RtpPacket

_log = logging.getLogger(__name__)


class ReceiverHook:
    """Hands each payload to a function in the event loop.

    Attributes:
        received: how many payloads there were.
        failed: how many of them the function raised for.
    """

    def __init__(self, receiver: RTCRtpReceiver, on_payload: Callable[[bytes], None]) -> None:
        self.received = 0
        self.failed = 0
        self._on_payload = on_payload
        setattr(receiver, "_handle_rtp_packet", self._handle)  # noqa: B010 - it is a method there

    async def _handle(self, packet: RtpPacket, arrival_time_ms: int) -> None:  # noqa: ARG002
        self.received += 1
        try:
            self._on_payload(packet.payload)
        except Exception:
            self.failed += 1
            if self.failed == 1:
                _log.exception("a received packet could not be handled; the call goes on")
