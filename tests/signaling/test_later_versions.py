"""What a later service may say to an engine of today."""

import json

import pytest

from tui_call.signaling.messages import (
    Done,
    MalformedMessage,
    Policy,
    UnknownMessage,
    Welcome,
    decode_service,
    encode,
)


def test_a_message_of_a_type_that_is_not_known_is_told_from_one_that_is_malformed() -> None:
    with pytest.raises(UnknownMessage):
        decode_service('{"type": "weather", "rain": true}')
    for frame in (
        '{"type": "done"}',
        '{"type": 5}',
        "[]",
        "{}",
        '{"type": "done", "request": "x"}',
    ):
        with pytest.raises(MalformedMessage) as malformed:
            decode_service(frame)
        assert not isinstance(malformed.value, UnknownMessage)


def test_fields_that_are_not_known_are_left_out() -> None:
    policy = Policy("organisation", "organisation", "user_choice")
    welcome = Welcome("ada@x", "Ada", "member", policy, "on", 1_800_000_000)
    for message in (welcome, Done(1)):
        later = json.loads(encode(message))
        later["later"] = {"a": [1]}
        if message is welcome:
            later["policy"]["later"] = 5
        assert decode_service(json.dumps(later)) == message
