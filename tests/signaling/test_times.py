"""Times that a service sends stay within what calendars and files can hold."""

import pytest

from tui_call.signaling.messages import MalformedMessage, MissedCall, decode_service, encode


def missed(time: int) -> str:
    return encode(MissedCall("00" * 16, "ada@home", "Ada", 0)).replace('"time":0', f'"time":{time}')


@pytest.mark.parametrize("time", [0, 1_790_000_000, 2**33])
def test_a_time_within_bounds_is_taken(time: int) -> None:
    message = decode_service(missed(time))
    assert isinstance(message, MissedCall)
    assert message.time == time


@pytest.mark.parametrize("time", [-1, 2**33 + 1, 10**17, 10**30])
def test_a_time_that_nothing_can_hold_is_malformed(time: int) -> None:
    with pytest.raises(MalformedMessage):
        decode_service(missed(time))
