"""STUN and TURN servers as the configuration writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.config.ice_server import IceServerAddress, InvalidIceServer, parse_ice_server


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stun:relay.example", IceServerAddress("stun:relay.example")),
        ("stun:[2001:db8::1]:3478", IceServerAddress("stun:[2001:db8::1]:3478")),
        ("turn:relay.example:3478", IceServerAddress("turn:relay.example:3478")),
        ("turn:ada:p:w@relay:1", IceServerAddress("turn:relay:1", "ada", "p:w")),
        (
            "turns:ada:pw@relay:5349?transport=tcp",
            IceServerAddress("turns:relay:5349?transport=tcp", "ada", "pw"),
        ),
    ],
)
def test_servers(text, expected):
    assert parse_ice_server(text) == expected


@pytest.mark.parametrize(
    "text", ["", "relay", "stun:", "stun:a@b", "turn:a@b", "turn:a:b@", "http:x", "stun:a b"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(InvalidIceServer):
        parse_ice_server(text)


@given(text=st.text())
def test_no_text_gives_anything_but_a_server_or_a_refusal(text):
    try:
        server = parse_ice_server(text)
    except InvalidIceServer:
        return
    assert server.credential == "" or "@" not in server.url
