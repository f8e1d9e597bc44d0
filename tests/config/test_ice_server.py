"""STUN and TURN servers as the configuration writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.config.ice_server import IceServer, InvalidIceServer, parse_ice_server


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stun:relay.example", IceServer("relay.example", 3478)),
        ("stun:[2001:db8::1]:99", IceServer("2001:db8::1", 99)),
        ("turn:relay.example", IceServer("relay.example", 3478, True)),
        ("turn:relay?transport=udp", IceServer("relay", 3478, True)),
        ("turn:ada:p:w@relay:1", IceServer("relay", 1, True, "UDP", "ada", "p:w")),
        ("turn:a:b@192.0.2.1?transport=tcp", IceServer("192.0.2.1", 3478, True, "TCP", "a", "b")),
        ("turns:a:b@[::1]?transport=tcp", IceServer("::1", 5349, True, "TLS", "a", "b")),
        ("turns:ada:pw@relay:443", IceServer("relay", 443, True, "TLS", "ada", "pw")),
    ],
)
def test_servers(text, expected):
    assert parse_ice_server(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "relay", "stun:", "stun:a@b", "turn:a@b", "turn:a:b@", "http:x", "stun:a b",
        "stuns:relay", "stun:a:b@relay", "stun:relay?transport=tcp", "turns:relay?transport=udp",
        "turn:relay:0", "turn:relay:65536", "turn:2001:db8::1", "turn:[relay", "turn:r?transport=x",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(InvalidIceServer):
        parse_ice_server(text)


@given(text=st.text())
def test_no_text_gives_anything_but_a_server_or_a_refusal(text):
    try:
        server = parse_ice_server(text)
    except InvalidIceServer:
        return
    assert 1 <= server.port <= 65_535
    assert not {"@", ":", " "} & set(server.host.replace(":", "") if "[" in text else server.host)
    assert server.relays or (server.way, server.username) == ("UDP", "")


def test_a_credential_is_not_printed():
    assert "secret" not in repr(parse_ice_server("turn:ada:secret@relay"))
