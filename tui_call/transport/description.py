"""What of a session description matters to the transport, and nothing else of it.

Every description, the own one on its way out and the peer's on its way in, is read into a
`ConnectionDescription` and written anew. So aiortc never parses a peer's text, and the peer never
learns what aiortc would tell beside the needed: clock, track names, three fingerprints, header
extensions (the audio level among them, RFC 6464).

That a description has one audio stream, one fingerprint and no keys in it is for
`tui_call.e2ee.description` to check; here wrong or missing values are refused.
"""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from tui_call.errors import RemoteFault

MOST_CANDIDATES = 32
"""Candidates after these are ignored: each one costs connectivity checks of 20 ms."""

_USERNAME = re.compile(r"[A-Za-z0-9+/]{4,256}")  # RFC 8839, section 5.4
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_FOUNDATION = re.compile(r"[A-Za-z0-9+/]{1,32}")  # RFC 8839, section 5.1
_SHA256 = re.compile(r"sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})", re.IGNORECASE)
_OPUS = re.compile(r"(9[6-9]|1[01][0-9]|12[0-7]) opus/48000/2", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,10}")
_CANDIDATE_FIELDS = 8
_BROADCAST = "255.255.255.255"


class BadDescription(RemoteFault):
    """The other device described its connection in a way that cannot be used."""


class Setup(StrEnum):
    """Who begins DTLS (RFC 4145, section 4; RFC 5763, section 5)."""

    EITHER = "actpass"
    ACTIVE = "active"
    PASSIVE = "passive"


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """One address at which a device can perhaps be reached over UDP (RFC 8839, section 5.1).

    Attributes:
        foundation: groups candidates of one kind and base.
        priority: 1 to 2^31 - 1, higher is tried first.
        address: an IP address, never a name: resolving one would tell others of the call.
        port: 1 to 65535.
        kind: "host", "srflx" or "relay".
    """

    foundation: str
    priority: int
    address: str
    port: int
    kind: str

    def __str__(self) -> str:
        return f"{self.foundation} 1 udp {self.priority} {self.address} {self.port} typ {self.kind}"


@dataclass(frozen=True, slots=True)
class ConnectionDescription:
    """One end of a connection that carries one Opus stream in both directions.

    Attributes:
        username: ICE username fragment.
        password: ICE password.
        fingerprint: SHA-256 of the DTLS certificate, 32 colon-separated pairs of hex digits.
        setup: who begins DTLS.
        payload_type: the RTP payload type of the packets, 96 to 127.
        candidates: at least one, at most `MOST_CANDIDATES`.
    """

    username: str
    password: str
    fingerprint: str
    setup: Setup
    payload_type: int
    candidates: tuple[CandidateLine, ...]

    def __str__(self) -> str:
        """Return the session description (RFC 8866), complete with all candidates."""
        lines = [
            "v=0",
            "o=- 0 0 IN IP4 0.0.0.0",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE 0",
            f"m=audio 9 UDP/TLS/RTP/SAVPF {self.payload_type}",
            "c=IN IP4 0.0.0.0",
            "a=sendrecv",
            "a=mid:0",
            "a=rtcp-mux",
            f"a=rtpmap:{self.payload_type} opus/48000/2",
            *(f"a=candidate:{candidate}" for candidate in self.candidates),
            "a=end-of-candidates",
            f"a=ice-ufrag:{self.username}",
            f"a=ice-pwd:{self.password}",
            f"a=fingerprint:sha-256 {self.fingerprint}",
            f"a=setup:{self.setup}",
        ]
        return "\r\n".join(lines) + "\r\n"


def read_offer(sdp: str) -> ConnectionDescription:
    """Read an offer.

    Raises:
        BadDescription: a value is missing, double or not allowed, or no address can be used.
    """
    return _read(sdp)


def read_answer(sdp: str) -> ConnectionDescription:
    """Read an answer, which has to say who begins DTLS (RFC 5763, section 5).

    Raises:
        BadDescription: as for an offer.
    """
    description = _read(sdp)
    if description.setup is Setup.EITHER:
        raise BadDescription
    return description


def _read(sdp: str) -> ConnectionDescription:
    lines = [line.rstrip("\r") for line in sdp.split("\n")]
    streams = [line for line in lines if line.startswith("m=")]
    if len(streams) != 1 or not streams[0].startswith("m=audio "):
        raise BadDescription
    setups = [setup for setup in Setup if setup == _one(lines, "a=setup:")]
    if not setups:
        raise BadDescription
    return ConnectionDescription(
        username=_matching(_USERNAME, _one(lines, "a=ice-ufrag:")),
        password=_matching(_PASSWORD, _one(lines, "a=ice-pwd:")),
        fingerprint=_only_match(_SHA256, lines, "a=fingerprint:").upper(),
        setup=setups[0],
        payload_type=int(_only_match(_OPUS, lines, "a=rtpmap:")),
        candidates=_candidates(lines),
    )


def _values(lines: list[str], prefix: str) -> list[str]:
    return [line.removeprefix(prefix) for line in lines if line.startswith(prefix)]


def _one(lines: list[str], prefix: str) -> str:
    values = _values(lines, prefix)
    if len(values) != 1:
        raise BadDescription
    return values[0]


def _matching(pattern: re.Pattern[str], value: str) -> str:
    if pattern.fullmatch(value) is None:
        raise BadDescription
    return value


def _only_match(pattern: re.Pattern[str], lines: list[str], prefix: str) -> str:
    found = [match for value in _values(lines, prefix) if (match := pattern.fullmatch(value))]
    if len(found) != 1:
        raise BadDescription
    return found[0][1]


def _candidates(lines: list[str]) -> tuple[CandidateLine, ...]:
    candidates = tuple(
        candidate
        for value in _values(lines, "a=candidate:")[:MOST_CANDIDATES]
        if (candidate := _candidate(value)) is not None
    )
    if not candidates:
        raise BadDescription
    return candidates


def _candidate(value: str) -> CandidateLine | None:
    """Read one candidate, None when it is of a kind that is not used here or makes no sense."""
    fields = value.split(" ")
    if len(fields) < _CANDIDATE_FIELDS:
        return None
    foundation, component, protocol, priority, address, port, typ, kind = fields[:_CANDIDATE_FIELDS]
    usable = (
        (component, protocol.lower(), typ) == ("1", "udp", "typ")
        and kind in ("host", "srflx", "relay")
        and _FOUNDATION.fullmatch(foundation)
        and _in_range(priority, (1 << 31) - 1)
        and _in_range(port, (1 << 16) - 1)
        and _can_be_sent_to(address)
    )
    if not usable:
        return None
    canonical = str(ipaddress.ip_address(address))
    return CandidateLine(foundation, int(priority), canonical, int(port), kind)


def _in_range(number: str, most: int) -> bool:
    return _NUMBER.fullmatch(number) is not None and 1 <= int(number) <= most


def _can_be_sent_to(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    never = address.is_multicast or address.is_unspecified or text == _BROADCAST
    return not never and "%" not in text  # a zone index means something on one computer only
