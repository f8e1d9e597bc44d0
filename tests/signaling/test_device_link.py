"""The link for one more device: read as it was written, and told apart from an invite."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.signaling.device_link import (
    DeviceLink,
    InvalidDeviceLink,
    is_device_link,
    parse_device_link,
)
from tui_call.signaling.invite import InvalidInvite, InviteLink, parse_invite

LINK = DeviceLink(InviteLink("192.0.2.7", 20_443, "abc234", b"p" * 32), b"s" * 32, b"d" * 16)


@given(
    st.sampled_from(["192.0.2.7", "service.example", "2001:db8::7"]),
    st.integers(1, 65_535),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=16, max_size=16),
)
def test_what_is_written_is_read(host: str, port: int, pin: bytes, key: bytes, to: bytes) -> None:
    link = DeviceLink(InviteLink(host, port, "abc234", pin), key, to)
    assert parse_device_link(f" {link.link}\n") == link
    assert is_device_link(link.link)


def test_a_device_link_is_no_invite_and_an_invite_no_device_link() -> None:
    with pytest.raises(InvalidInvite):
        parse_invite(LINK.link)
    assert not is_device_link(LINK.invite.link)
    with pytest.raises(InvalidDeviceLink):
        parse_device_link(LINK.invite.link)


@pytest.mark.parametrize("gone", ["code", "pin", "key", "to"])
def test_a_link_that_lacks_a_part_is_known_for_what_it_was_meant_to_be(gone: str) -> None:
    head, _, query = LINK.link.partition("?")
    left = "&".join(part for part in query.split("&") if not part.startswith(gone))
    assert is_device_link(f"{head}?{left}")
    with pytest.raises(InvalidDeviceLink):
        parse_device_link(f"{head}?{left}")


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    for tried in (text, f"tui-call://h:1/link?{text}"):
        with pytest.raises(InvalidDeviceLink):
            parse_device_link(tried)


def test_the_secret_is_not_printed() -> None:
    assert "ssss" not in repr(LINK)
