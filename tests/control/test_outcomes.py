"""What is said of an order that was carried out, also where it changed nothing."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from tests.support.fake_engine import NOW, PEOPLE, ready
from tests.support.fake_standard_calls import standard_call
from tui_call.control.outcomes import outcome
from tui_call.control.verbs import BY_NAME
from tui_call.control.views import KeptView, PersonView, Snapshot
from tui_call.sentences import sentence, text_of

RECORDED = KeptView("aa" * 16, "Grace Hopper", NOW - 60)
NOTHING_KEPT = ready(call=standard_call())
KEPT = ready(
    call=standard_call(recording=RECORDED, transcript=RECORDED, own_kept="kept", captions=True)
)
BEGINS = ready(call=standard_call(recording=replace(RECORDED, starting=True)))
ELSEWHERE = ready(
    calls=(
        standard_call(),
        standard_call(id="9d" * 16, place="held", recording=RECORDED, own_kept="refused"),
    )
)


def told(
    typed: str, before: Snapshot, after: Snapshot | None = None, **result: object
) -> str | None:
    """Return what is said to who typed something, which the engine did."""
    word, _, words = typed.partition(" ")
    verb = BY_NAME[word]
    said = verb.typed(words, before, datetime.fromtimestamp(NOW, UTC))
    found = outcome(verb, said, verb.action(said), after or before, result)
    return found.text if found else None


@pytest.mark.parametrize(("left", "row"), [(PEOPLE, "listed"), (PEOPLE[1:], "verb")])
def test_who_is_forgotten_may_be_listed_by_the_service_and_that_is_said(
    left: tuple[PersonView, ...], row: str
) -> None:
    forgotten = told(f"forget {PEOPLE[0].account}", ready(), ready(people=left))
    assert forgotten == sentence("V_FORGOTTEN", row).text


def test_what_was_done_is_said() -> None:
    assert (told("park", NOTHING_KEPT, slot=71) or "").startswith("Parked at 71.")
    assert (told("transfer alan", NOTHING_KEPT) or "").startswith("Passed on.")
    assert (told("transfer alan --ask", NOTHING_KEPT) or "").startswith("Ringing there first.")
    assert told("hold", NOTHING_KEPT) is None


@pytest.mark.parametrize(
    ("typed", "before", "code", "row"),
    [
        ("record", NOTHING_KEPT, "V_RECORD", ""),
        ("record", BEGINS, "V_RECORD", ""),
        ("record off", KEPT, "V_RECORD", "off"),
        ("record off", NOTHING_KEPT, "V_RECORD", "nothing"),
        ("record off 9d", ELSEWHERE, "V_RECORD", "off"),
        ("transcribe", NOTHING_KEPT, "V_TRANSCRIBE", ""),
        ("transcribe off", NOTHING_KEPT, "V_TRANSCRIBE", "nothing"),
        ("captions", NOTHING_KEPT, "V_CAPTIONS", ""),
        ("captions", KEPT, "V_CAPTIONS", "already"),
        ("captions off", KEPT, "V_CAPTIONS", "off"),
        ("captions off", NOTHING_KEPT, "V_CAPTIONS", "nothing"),
        ("agree no", KEPT, "V_AGREE", "off"),
        ("agree", KEPT, "V_AGREE", "already"),
        ("agree no 9d", ELSEWHERE, "V_AGREE", "off already"),
    ],
)
def test_what_was_so_before_is_not_said_to_begin(
    typed: str, before: Snapshot, code: str, row: str
) -> None:
    assert told(typed, before) == text_of(code, row)


def test_a_word_beside_a_recording_by_rule_is_said_to_be_of_the_transcript() -> None:
    call = standard_call(recording=replace(RECORDED, by=""), transcript=RECORDED, own_kept="kept")
    for typed in ("agree", "agree no"):
        assert told(typed, ready(call=call)) == text_of("V_AGREE", "by rule")


def test_what_is_kept_already_says_since_when_and_by_whom() -> None:
    assert told("record", KEPT) == "It has been recorded since 14:00, started by Grace Hopper."
    assert told("record 9d", ELSEWHERE) == told("record", KEPT)
    assert told("transcribe", KEPT) == (
        "A transcript has been kept since 14:00, started by Grace Hopper."
    )
    assert told("record --tracks", KEPT) == (
        "Recorded since 14:00 without tracks, started by Grace Hopper. Stop it first."
    )
    tracks = ready(call=standard_call(recording=replace(RECORDED, tracks=True)))
    assert told("record --tracks", tracks) == told("record", KEPT)


def test_an_answer_to_a_question_is_told_by_the_call_itself() -> None:
    asked = ready(call=standard_call(recording=RECORDED, own_kept="asked"))
    assert told("yes", asked) is None
