"""One media path between two devices: ICE, DTLS and SRTP around packets that are sealed already.

    caller   create_offer ─────────────► accept_answer ─┐
                  │ offer              ▲                 ├─► CONNECTED, send and on_packet
                  ▼                    │ answer          │
    callee   (gather while it rings) create_answer ─────┘

The callee begins DTLS, and only after the caller's nomination has shown that the caller has the
answer, so that no first DTLS message is lost and repeated a second later.

Keys, frame numbers and the replay window live above: a call may replace its path.
"""

import asyncio
from collections.abc import Callable, Sequence

from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.rtcconfiguration import RTCIceTransportPolicy

from tui_call.config.ice_server import IceServer
from tui_call.transport.connection_state import ConnectionEnded, ConnectionState, NoAddress
from tui_call.transport.datagram_filter import DatagramFilter
from tui_call.transport.description import read_answer, read_offer
from tui_call.transport.handshake_repeater import HandshakeRepeater
from tui_call.transport.ice_agent import IceAgent
from tui_call.transport.impairment import Impairment
from tui_call.transport.receiver_hook import ReceiverHook
from tui_call.transport.sealed_track import SealedTrack

_TURNS_TO_END = 3


class PeerConnection:
    """One path; to be used in one event loop, once.

    Args:
        ice_servers: only these are asked; with none, nobody is.
        relay_only: use no address of this computer, only the TURN server's.
        on_packet: is given each packet that came in, in the event loop. It may raise: that is
            logged once and counted.
        on_state: is told each change of `state`, in the event loop. It must not raise.
        impairment: loses and delays outgoing datagrams.

    `ConnectionEnded` is raised by what sets up a connection when it was closed meanwhile.
    """

    def __init__(
        self,
        *,
        ice_servers: Sequence[IceServer] = (),
        relay_only: bool = False,
        on_packet: Callable[[bytes], None],
        on_state: Callable[[ConnectionState], None],
        impairment: Impairment | None = None,
    ) -> None:
        self.state = ConnectionState.NEW
        self._on_state = on_state
        self._unsendable = 0
        self._negotiation = asyncio.Lock()
        self._track = SealedTrack()
        self._connection = RTCPeerConnection(_configuration(relay_only))
        transceiver = self._connection.addTransceiver(self._track, direction="sendrecv")
        transceiver.setCodecPreferences(_opus_only())
        self._ice = transceiver.receiver.transport.transport
        self._receiver = ReceiverHook(transceiver.receiver, on_packet)
        self._agent = IceAgent(self._ice, ice_servers, relay_only=relay_only)
        self._datagrams = DatagramFilter(self._ice, self._agent, impairment)
        self._repeater = HandshakeRepeater(self._ice, lambda: self._receiver.received > 0)
        self._connection.on("connectionstatechange", self._state_changed)

    @property
    def path(self) -> str:
        """How packets travel: "direct/UDP", "relay/UDP", "relay/TCP", "relay/TLS", or ""."""
        return self._agent.path

    @property
    def packets_sent(self) -> int:
        """Packets given to RTP."""
        return self._track.sent

    @property
    def packets_dropped(self) -> int:
        """Packets not sent: there was no connection, or newer ones took their place."""
        return self._track.dropped + self._unsendable

    @property
    def packets_received(self) -> int:
        """Packets that SRTP authenticated."""
        return self._receiver.received

    @property
    def datagrams_filtered(self) -> int:
        """Datagrams dropped at the door: not the peer's, harmful, or too many at once."""
        return self._datagrams.dropped

    async def gather(self) -> None:
        """Find the own addresses ahead of time; this sends nothing to the peer.

        It takes at most three seconds, and only where a STUN or TURN server does not answer; who
        needs the addresses earlier than that does not wait so long.
        """
        async with self._negotiation:
            await self._gather()

    async def create_offer(self) -> str:
        """Return a session description with all addresses, for the peer's `create_answer`.

        Raises:
            NoAddress: there is nothing at which the peer could reach this device.
        """
        self._agent.await_addresses()
        async with self._negotiation:
            await self._gather()
            await self._connection.setLocalDescription(await self._connection.createOffer())
            return self._local_description()

    async def create_answer(self, offer: str) -> str:
        """Return the answer to a peer's offer, and begin to connect.

        Raises:
            BadDescription: the offer cannot be used.
            NoAddress: as for an offer.
        """
        described = read_offer(offer)
        self._agent.await_addresses()
        async with self._negotiation:
            await self._gather()
            await self._connection.setRemoteDescription(
                RTCSessionDescription(str(described), "offer")
            )
            await self._connection.setLocalDescription(await self._connection.createAnswer())
            return self._local_description()

    async def accept_answer(self, answer: str) -> None:
        """Connect to the peer that answered the own offer.

        Raises:
            BadDescription: the answer cannot be used.
        """
        described = read_answer(answer)
        async with self._negotiation:
            self._assert_open()
            await self._connection.setRemoteDescription(
                RTCSessionDescription(str(described), "answer")
            )

    def send(self, packet: bytes) -> None:
        """Send a sealed packet, from the event loop; without a connection it is dropped.

        Raises:
            PacketTooLarge: over 1200 bytes.
        """
        if self.state is ConnectionState.CONNECTED:
            self._track.put(packet)
        else:
            self._unsendable += 1

    async def close(self) -> None:
        """End the connection and tell the peer's transport. May be called again."""
        async with self._negotiation:
            await self._repeater.close()
            await self._datagrams.close()
            await self._connection.close()
            # aiortc does not wait for its tasks; by now all they have to do is to end.
            await self._agent.ended()
            for _ in range(_TURNS_TO_END):
                await asyncio.sleep(0)

    def _assert_open(self) -> None:
        if self._connection.signalingState == "closed":
            raise ConnectionEnded

    async def _gather(self) -> None:
        self._assert_open()
        await self._ice.iceGatherer.gather()
        if not self._ice.iceGatherer.getLocalCandidates():
            raise NoAddress

    def _local_description(self) -> str:
        return str(read_offer(self._connection.localDescription.sdp))

    def _state_changed(self) -> None:
        self.state = ConnectionState(self._connection.connectionState)
        self._on_state(self.state)


def _configuration(relay_only: bool) -> RTCConfiguration:
    # An empty list, not None: with None aiortc asks a public STUN server. Ours are asked elsewhere.
    policy = RTCIceTransportPolicy.RELAY if relay_only else RTCIceTransportPolicy.ALL
    return RTCConfiguration(iceServers=[], iceTransportPolicy=policy)


def _opus_only() -> list[RTCRtpCodecCapability]:
    codecs = RTCRtpSender.getCapabilities("audio").codecs
    return [codec for codec in codecs if codec.mimeType == "audio/opus"]
