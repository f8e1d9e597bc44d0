"""The rules for SDP descriptions."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.e2ee.handshake_reference import FINGERPRINT, SDP
from tui_call.e2ee.description import MOST_BYTES, check_description
from tui_call.e2ee.errors import FailureKind, ProtocolFailure

LINE = f"a=fingerprint:sha-256 {FINGERPRINT}\r\n"


def refused(sdp: str) -> bool:
    with pytest.raises(ProtocolFailure) as caught:
        check_description(sdp)
    return caught.value.kind is FailureKind.BAD_DESCRIPTION


def test_a_plain_description_is_taken() -> None:
    check_description(SDP)
    check_description(SDP.replace("\r\n", "\n"))
    check_description(SDP.replace(FINGERPRINT, FINGERPRINT.lower()))


def test_stronger_hashes_of_the_certificate_may_stand_beside_it() -> None:
    check_description(SDP + "a=fingerprint:sha-384 00:11\r\na=fingerprint:sha-512 00:11\r\n")
    assert refused(SDP.replace("sha-256", "sha-384"))


@pytest.mark.parametrize(
    "sdp",
    [
        "",
        SDP.replace("m=audio", "m=video"),
        SDP.replace("m=audio", "m=audiovisual"),
        SDP.replace("m=audio", "x=audio"),
        SDP + "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\n",
        SDP + "m=video 9 UDP/TLS/RTP/SAVPF 97\r\n",
        SDP.replace(LINE, ""),
        SDP + LINE,
        SDP + "a=fingerprint:sha-1 00:11\r\n",
        SDP + "a=fingerprint:md5 00:11\r\n",
        SDP + "A=FINGERPRINT:SHA-1 00:11\r\n",
        SDP.replace(FINGERPRINT, FINGERPRINT[:-3]),
        SDP.replace(FINGERPRINT, FINGERPRINT + ":00"),
        SDP.replace(FINGERPRINT, FINGERPRINT[:-2] + "ZZ"),
        SDP + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n",
        SDP + " A=CRYPTO:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n",
        SDP + "a=note:\x1b[2J\r\n",
        SDP + "a=note:\x85a=crypto:1\r\n",
        SDP + "a=note:\u2028a=crypto:1\r\n",
        SDP + "a=note:\x0ba=crypto:1\r\n",
        SDP + "a=note:ä\r\n",
        SDP + "\0",
    ],
)
def test_a_description_that_breaks_a_rule(sdp: str) -> None:
    assert refused(sdp)


def test_the_longest_description() -> None:
    filler = MOST_BYTES - len(SDP)
    check_description(SDP + "\n" * filler)
    assert refused(SDP + "\n" * (filler + 1))
    with pytest.raises(ProtocolFailure):
        check_description(SDP, most=len(SDP) - 1)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_raises_anything_but_a_protocol_failure(text: str) -> None:
    assert refused(text)
    with suppress(ProtocolFailure):
        check_description(SDP + text)
