"""What is read from a description, what is written, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.transport.description import (
    MOST_CANDIDATES,
    BadDescription,
    CandidateLine,
    ConnectionDescription,
    Setup,
    read_answer,
    read_offer,
)

ICE_CHARACTERS = "ABCXYZabcxyz0189+/"
FINGERPRINT = ":".join(f"{number:02X}" for number in range(32))

# As aiortc 1.16 writes it.
VERBOSE = f"""v=0\r
o=- 4004464442 4004464442 IN IP4 0.0.0.0\r
s=-\r
t=0 0\r
a=group:BUNDLE 0\r
a=msid-semantic:WMS *\r
m=audio 58764 UDP/TLS/RTP/SAVPF 96 9 0 8\r
c=IN IP4 192.0.2.2\r
a=sendrecv\r
a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r
a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r
a=mid:0\r
a=msid:ca34d0da-a20f-422d-8d43-965466a73e8f 0481cd61-3805-40e9-a5a7-e109ab6a66aa\r
a=rtcp:9 IN IP4 0.0.0.0\r
a=rtcp-mux\r
a=ssrc:1241777081 cname:df5522ba-8038-487e-8a64-699afbba65aa\r
a=rtpmap:96 opus/48000/2\r
a=rtpmap:9 G722/8000\r
a=candidate:f957a2332b1715da3b0ef8ba684454eb 1 udp 2130706431 192.0.2.2 58764 typ host\r
a=candidate:77aa 1 udp 1694498815 198.51.100.7 40000 typ srflx raddr 192.0.2.2 rport 58764\r
a=end-of-candidates\r
a=ice-ufrag:NOTF\r
a=ice-pwd:aMFlq7o2Spw8lzhYuupYiB\r
a=fingerprint:sha-256 {FINGERPRINT}\r
a=fingerprint:sha-384 {FINGERPRINT}:{FINGERPRINT[:47]}\r
a=setup:actpass\r
"""


def candidates() -> st.SearchStrategy[CandidateLine]:
    addresses = st.one_of(
        st.integers(1, 223).map(lambda first: f"{first}.0.2.9"),
        st.integers(1, 0xFFFF).map(lambda last: f"2001:db8::{last:x}"),
    )
    return st.builds(
        CandidateLine,
        foundation=st.text(ICE_CHARACTERS, min_size=1, max_size=32),
        priority=st.integers(1, (1 << 31) - 1),
        address=addresses,
        port=st.integers(1, 65535),
        kind=st.sampled_from(["host", "srflx", "relay"]),
    )


def descriptions() -> st.SearchStrategy[ConnectionDescription]:
    return st.builds(
        ConnectionDescription,
        username=st.text(ICE_CHARACTERS, min_size=4, max_size=256),
        password=st.text(ICE_CHARACTERS, min_size=22, max_size=256),
        fingerprint=st.just(FINGERPRINT),
        setup=st.sampled_from(Setup),
        payload_type=st.integers(96, 127),
        candidates=st.lists(candidates(), min_size=1, max_size=MOST_CANDIDATES).map(tuple),
    )


@given(descriptions())
def test_what_is_written_is_read_again(description: ConnectionDescription) -> None:
    assert read_offer(str(description)) == description


def test_only_what_the_transport_needs_is_passed_on() -> None:
    description = read_offer(VERBOSE)

    assert [line.kind for line in description.candidates] == ["host", "srflx"]
    for word in (
        "extmap",
        "cname",
        "msid",
        "4004464442",
        "raddr",
        "sha-384",
        "G722",
        "58764 typ s",
    ):
        assert word not in str(description)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("m=audio", "m=video"),
        ("m=audio 58764 UDP/TLS/RTP/SAVPF 96 9 0 8\r\n", ""),
        ("a=rtcp-mux", "m=audio 9 UDP/TLS/RTP/SAVPF 96"),
        ("a=ice-ufrag:NOTF\r\n", ""),
        ("a=ice-ufrag:NOTF", "a=ice-ufrag:NOTF\r\na=ice-ufrag:ELSE"),
        ("a=ice-ufrag:NOTF", "a=ice-ufrag:NO F"),
        ("a=ice-pwd:a", "a=ice-pwd:"),
        (f"a=fingerprint:sha-256 {FINGERPRINT}\r\n", ""),
        ("a=fingerprint:sha-384", f"a=fingerprint:sha-256 {FINGERPRINT}\r\na=x:"),
        ("a=setup:actpass", "a=setup:holdconn"),
        ("a=setup:actpass\r\n", ""),
        ("opus/48000/2", "PCMU/8000"),
        ("a=rtpmap:96", "a=rtpmap:72"),
        ("1 udp", "2 udp"),
        ("1 udp", "1 tcp"),
    ],
)
def test_a_description_that_cannot_be_used_is_refused(was: str, becomes: str) -> None:
    assert was in VERBOSE
    with pytest.raises(BadDescription):
        read_offer(VERBOSE.replace(was, becomes))


@pytest.mark.parametrize(
    "line",
    [
        "1 1 udp 1 some-name.local 9 typ host",
        "1 1 udp 1 example.org 9 typ host",
        "1 1 udp 1 224.0.0.251 5353 typ host",
        "1 1 udp 1 255.255.255.255 9 typ host",
        "1 1 udp 1 0.0.0.0 9 typ host",
        "1 1 udp 1 fe80::1%eth0 9 typ host",
        "1 1 udp 1 192.0.2.1 0 typ host",
        "1 1 udp 1 192.0.2.1 65536 typ host",
        "1 1 udp 0 192.0.2.1 9 typ host",
        "1 1 udp ٣ 192.0.2.1 9 typ host",
        "1 1 udp 4294967296 192.0.2.1 9 typ host",
        "1 1 udp 1 192.0.2.1 9 typ prflx",
        "$ 1 udp 1 192.0.2.1 9 typ host",
        "1 1 udp 1 192.0.2.1 9",
        "",
    ],
)
def test_a_candidate_that_cannot_be_used_is_passed_over(line: str) -> None:
    with_it = VERBOSE.replace("a=end-of-candidates", f"a=candidate:{line}\r\na=end-of-candidates")

    assert read_offer(with_it) == read_offer(VERBOSE)


def test_a_thousand_candidates_cost_no_more_than_a_few() -> None:
    many = "\r\n".join(
        f"a=candidate:1 1 udp 1 192.0.2.1 {port} typ host" for port in range(1, 1001)
    )

    assert len(read_offer(VERBOSE.replace("a=end", f"{many}\r\na=end")).candidates) == 32


def test_an_answer_says_who_begins_dtls() -> None:
    with pytest.raises(BadDescription):
        read_answer(VERBOSE)
    assert read_answer(VERBOSE.replace("actpass", "active")).setup is Setup.ACTIVE


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(BadDescription):
        read_offer(text)


@given(st.data())
def test_a_damaged_description_is_read_or_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(VERBOSE) - 1))
    length = data.draw(st.integers(0, 60))
    damaged = VERBOSE[:start] + data.draw(st.text(max_size=60)) + VERBOSE[start + length :]
    try:
        description = read_offer(damaged)
    except BadDescription:
        return
    assert read_offer(str(description)) == description
