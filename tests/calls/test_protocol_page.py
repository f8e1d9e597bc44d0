"""The numbers that docs/protocol.md publishes are those of the code."""

import re
from pathlib import Path
from typing import get_args

import pytest

from tests.e2ee import handshake_reference as reference
from tui_call import payload
from tui_call.calls import leaving, path_monitor, reconnecting, rekeying
from tui_call.calls.course import LINGER
from tui_call.calls.end_codes import DeclineCode, HangUpCode
from tui_call.calls.states import DEADLINES, State
from tui_call.e2ee import control_messages as control
from tui_call.e2ee import description, media
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.messages import MessageType, RefusalReason, peek

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
TEXT = " ".join(PAGE.split())


def rows(first_header: str) -> list[list[str]]:
    """Return the cells of the table whose first column has this header."""
    table = re.search(rf"^\| {first_header} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table is not None
    return [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in table[1].splitlines()
    ]


def test_messages_have_the_lengths_that_the_page_gives() -> None:
    published = {
        cells[0].split("**")[1]: [int(length) for length in cells[-1].split(", ")]
        for cells in rows("type")
    }

    assert set(published) == {message_type.name for message_type in MessageType}
    for name, lengths in published.items():
        header = reference.header(MessageType[name], reference.CALL_ID, reference.LEG)
        taken = [
            length
            for length in range(len(header), max(lengths) + 100)
            if is_message(header.ljust(length, b"\0"))
        ]
        assert taken == lengths


def is_message(data: bytes) -> bool:
    try:
        peek(data)
    except ProtocolFailure:
        return False
    return True


def test_the_header_says_which_number_is_which_message() -> None:
    for message_type in MessageType:
        assert f"{message_type.name} = {message_type.value}" in TEXT


def test_each_control_message_has_the_published_tag() -> None:
    published = {int(tag): name for tag, name, *_ in rows("tag")}
    names = {
        kind.tag: re.sub("(?<=[a-z])(?=[A-Z])", "_", kind.__name__).upper()
        for kind in get_args(control.ControlMessage)
    }

    assert published == {**names, control.HangUp.tag: "HANGUP"}


def test_each_block_has_the_published_tag() -> None:
    blocks = [
        payload.Audio(b"x"),
        payload.Copy(1, b"x"),
        payload.Feedback(0, 0, 0, 0),
        payload.Hold(True),
        payload.End(0),
        payload.Report(0, 0, 0),
    ]
    published = dict(re.findall(r"^\| (\d) \| ([A-Z]+) \|[^|]*\|$", PAGE, re.MULTILINE))

    assert published == {
        str(payload.encode_payload(0, [block], 40)[4]): type(block).__name__.upper()
        for block in blocks
    }


@pytest.mark.parametrize(
    "sentence",
    [
        f"An offer has at most {description.MOST_BYTES} bytes, "
        f"an answer at most {control.MOST_DESCRIPTION_BYTES}.",
        f"every {media.FRAMES_PER_STEP} sealed frames",
        f"A packet has {media.SizeProfile.SPEECH.value} bytes (speech), "
        f"{media.SizeProfile.SPEECH_AND_COPIES.value} (speech with copies) or "
        f"{media.SizeProfile.LEAN.value} (a path that takes no more)",
        f"Generations are 0 to {media.LARGEST_GENERATION}",
        f"It waits {DEADLINES[State.WAIT_RESPOND].seconds:g} s for M2, "
        f"then at most {DEADLINES[State.WAIT_ADDRESSES].seconds:g} s",
        f"It waits {DEADLINES[State.WAIT_ANSWER].seconds:g} s.",
        f"waits {DEADLINES[State.WAIT_OFFER].seconds:g} s for M3. "
        f"Then it rings for at most {DEADLINES[State.RINGING].seconds:g} s",
        f"open the path, for at most {DEADLINES[State.CONNECTING].seconds:g} s",
        f"After its end a device goes on for {LINGER:g} s",
        ", ".join(
            f"{reason.value} {word}"
            for reason, word in zip(
                RefusalReason,
                ("policy", "setting", "version", "compliance recording"),
                strict=True,
            )
        ),
        f"{DeclineCode.BUSY.value} in another call, {DeclineCode.DO_NOT_DISTURB.value} do not "
        f"disturb, {DeclineCode.NO_ANSWER.value} not answered",
        f"{HangUpCode.NOT_COMPARED.value} a policy of the sender wants the code compared",
        f"open at a time, for {leaving.ASK_SECONDS:g} s; the last word may take "
        f"{leaving.LAST_WORD_SECONDS:g} s",
        f"in the {leaving.QUIET_SECONDS:g} s after a person said no",
        f"{HangUpCode.CONNECTION_LOST.value} connection lost, {HangUpCode.NO_PATH.value} no path, "
        f"{HangUpCode.CODES_DIFFER.value} the codes differ, "
        f"{HangUpCode.ENGINE_STOPPED.value} the engine stopped, {HangUpCode.NO_ANSWER.value} not "
        f"answered (the caller gave up), {HangUpCode.TAKEN.value} answered on another device, "
        f"{HangUpCode.DECLINED.value} declined on another device,",
    ],
)
def test_limits_and_codes_are_those_of_the_code(sentence: str) -> None:
    assert sentence in TEXT


def test_the_page_says_how_often_keys_are_fresh_and_paths_are_tried() -> None:
    assert f"every {rekeying.REKEY_INTERVAL / 60:.0f} minutes" in TEXT
    assert f"at least {rekeying.SHORTEST_INTERVAL:.0f} s apart" in TEXT
    assert f"A try may last {reconnecting.TRY_SECONDS:.0f} s" in TEXT
    first, second, third, later = (f"{wait:g}" for wait in reconnecting.WAITS)
    assert f"begins {first}, {second}, {third}, then {later} s later" in TEXT
    assert f"all within {reconnecting.ALL_TRIES_SECONDS:.0f} s" in TEXT
    assert f"closes {reconnecting.OLD_PATH_SECONDS:.0f} s later" in TEXT
    assert f"until a path has lasted for {reconnecting.SETTLED_SECONDS:.0f} s" in TEXT
    assert f"the next follows {first} s after that one began" in TEXT
    assert f"authentic came for {path_monitor.SUSPECT_AFTER:g} s" in TEXT
    assert f"ends after {path_monitor.LOST_AFTER:.0f} s of silence" in TEXT
