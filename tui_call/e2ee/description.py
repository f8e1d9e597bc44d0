"""What an SDP description may hold (RFC 8866, RFC 8122) before it is sealed or believed.

A description travels only sealed. The rules leave one way to read it: printable ASCII and line
ends, so that every way of splitting lines finds the same ones; one audio section; one SHA-256
fingerprint of the DTLS certificate; no keys in the clear.
"""

import re

from tui_call.e2ee.errors import FailureKind, ProtocolFailure

MOST_BYTES = 12 * 1024

_TEXT = re.compile(r"[\x20-\x7e\r\n]*")
_FINGERPRINT = re.compile(r"a=fingerprint:sha-256 [0-9a-f]{2}(?::[0-9a-f]{2}){31}")
# aiortc tells the same certificate also by these; a weaker hash is no fingerprint.
_OTHER_FINGERPRINTS = ("a=fingerprint:sha-384 ", "a=fingerprint:sha-512 ")


def check_description(sdp: str, most: int = MOST_BYTES) -> None:
    """Refuse a description that breaks the rules.

    Args:
        sdp: offer or answer.
        most: bytes that the message around it can hold.

    Raises:
        ProtocolFailure: BAD_DESCRIPTION.
    """
    if len(sdp) > most or not _TEXT.fullmatch(sdp):
        raise ProtocolFailure(FailureKind.BAD_DESCRIPTION)
    lines = [line.strip().lower() for line in sdp.splitlines()]
    sections = [line for line in lines if line.startswith("m=")]
    fingerprints = [
        line
        for line in lines
        if line.startswith("a=fingerprint") and not line.startswith(_OTHER_FINGERPRINTS)
    ]
    kept = (
        len(sections) == 1
        and sections[0].startswith("m=audio ")
        and len(fingerprints) == 1
        and _FINGERPRINT.fullmatch(fingerprints[0])
        and not any(line.startswith("a=crypto") for line in lines)
    )
    if not kept:
        raise ProtocolFailure(FailureKind.BAD_DESCRIPTION)


def read_description(data: bytes) -> str:
    """Return the description that is sealed in an M3.

    Raises:
        ProtocolFailure: BAD_DESCRIPTION.
    """
    try:
        sdp = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise ProtocolFailure(FailureKind.BAD_DESCRIPTION) from error
    check_description(sdp)
    return sdp
