"""What a verb and its words mean: which call, whom, until when; and what means nothing."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.support.fake_engine import GRACE, PEOPLE, active_call, person, ready, ringing_call
from tui_call.control.actions import (
    Action,
    Add,
    AddContact,
    AgreeToBeKept,
    Answer,
    Block,
    Call,
    CompleteTransfer,
    Consent,
    Decline,
    DeleteKept,
    ExportKept,
    Forget,
    GoE2EE,
    HandOver,
    HangUp,
    Hold,
    LeaveE2EE,
    ListKept,
    Merge,
    Mute,
    Note,
    Park,
    RecordCall,
    Retrieve,
    SetPresence,
    ShowCaptions,
    Swap,
    Talk,
    Transcribe,
    Transfer,
)
from tui_call.control.selection import (
    CallEnded,
    NobodySo,
    NoSuchCall,
    NothingAsked,
    SeveralCalls,
)
from tui_call.control.verbs import BY_NAME, VERBS, NotUnderstood, Said, verb_at_prompt
from tui_call.control.views import MeView, Snapshot
from tui_call.sentences import sentence

ALAN = PEOPLE[1]
GRACE_S, ALAN_S, ADAS = "9c" * 16, "9d" * 16, "ad" * 16
CALLS = ready(
    calls=(
        active_call(GRACE, id=GRACE_S),
        active_call(ALAN, id=ALAN_S, place="held"),
        ringing_call(person("Ada Byron"), id=ADAS, place="waiting"),
    )
)
NOW = datetime(2026, 8, 20, 14, 1, 30, tzinfo=timezone(timedelta(hours=2)))


def ordered(verb: str, words: str = "", snapshot: Snapshot = CALLS) -> Action:
    return BY_NAME[verb].action(Said(words, snapshot, NOW))


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("", ""), ("9c", GRACE_S), ("9D9D", ALAN_S), (ALAN_S, ALAN_S), ("alan", ALAN_S),
        ("grace@acme", GRACE_S), ("ADA BYRON", ADAS), ("gr", GRACE_S),
    ],
)  # fmt: skip
def test_a_call_is_meant_by_its_id_or_by_who_is_in_it(words: str, meant: str) -> None:
    assert ordered("hold", words) == Hold(call=meant)
    assert ordered("hangup", words) == HangUp(call=meant)
    assert ordered("swap", words) == Swap(call=meant)
    assert ordered("decline", words) == Decline(call=meant)


def test_a_whole_id_that_is_not_shown_is_for_the_engine_to_judge() -> None:
    assert ordered("hangup", "00" * 16) == HangUp(call="00" * 16)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("9", SeveralCalls), ("a", SeveralCalls), ("zoe", NoSuchCall), ("9e", NoSuchCall),
        (GRACE_S[:-1] + "z", NoSuchCall), ("\x1b[31m", NoSuchCall), ("-" * 3000, NoSuchCall),
    ],
)  # fmt: skip
def test_words_that_mean_no_call_or_more_than_one_order_nothing(
    words: str, fault: type[Exception]
) -> None:
    with pytest.raises(fault):
        ordered("hold", words)


def test_a_call_that_is_over_is_not_ended_once_more_and_hides_no_other() -> None:
    over = active_call(GRACE, id=GRACE_S, phase="ended")
    with pytest.raises(CallEnded):
        ordered("hangup", "grace", ready(calls=(over,)))
    again = active_call(GRACE, id=ALAN_S)
    assert ordered("hangup", "grace", ready(calls=(over, again))) == HangUp(call=ALAN_S)


def test_whole_names_come_before_those_that_begin_so() -> None:
    calls = (active_call(person("Ad"), id=GRACE_S), active_call(person("Ada"), id=ALAN_S))
    assert ordered("hold", "ad", ready(calls=calls)) == Hold(call=GRACE_S)


@pytest.mark.parametrize(
    ("words", "on"), [("", None), ("toggle", None), ("on", True), ("off", False)]
)
def test_what_is_switched_is_switched_on_off_or_over(words: str, on: bool | None) -> None:
    assert ordered("mute", words) == Mute(on)
    assert ordered("talk", words) == Talk(on)


def test_what_becomes_of_the_call_in_front_is_said_with_the_answer() -> None:
    assert ordered("answer", "hold") == Answer(front="hold")
    assert ordered("answer", "end") == Answer(front="end")
    assert ordered("answer", "muted") == Answer(muted=True)


@pytest.mark.parametrize(
    ("words", "order"),
    [
        ("record", RecordCall(on=True)),
        ("record on alan", RecordCall(on=True, call=ALAN_S)),
        ("record off", RecordCall(on=False)),
        ("record grace", RecordCall(on=True, call=GRACE_S)),
        ("transcribe off 9c", Transcribe(on=False, call=GRACE_S)),
        ("agree", AgreeToBeKept(on=True)),
        ("agree no alan", AgreeToBeKept(on=False, call=ALAN_S)),
        ("captions off", ShowCaptions(on=False)),
        ("recordings", ListKept("recording")),
        ("transcripts list", ListKept("transcript")),
        ("recordings delete 9c9c", DeleteKept("9c9c", "recording")),
        ("transcripts export 9c /tmp/my calls", ExportKept("9c", "/tmp/my calls", "transcript")),
    ],
)
def test_what_is_kept_of_a_call_is_ordered_in_words(words: str, order: Action) -> None:
    verb, _, rest = words.partition(" ")
    assert ordered(verb, rest) == order


@pytest.mark.parametrize("verb", ["agree", "record", "transcribe", "captions"])
def test_what_is_neither_on_nor_off_nor_a_call_is_answered_with_what_may_be_said(verb: str) -> None:
    with pytest.raises(NotUnderstood) as told:
        ordered(verb, "maybe")
    assert BY_NAME[verb].whole_usage in str(told.value)
    with pytest.raises(NoSuchCall):
        ordered(verb, "no maybe" if verb == "agree" else "off maybe")


@pytest.mark.parametrize(
    "words", ["export", "export 9c", "delete", "delete 9c 9d", "list 9c", "play 9c"]
)
def test_what_cannot_be_done_with_recordings_is_not_guessed(words: str) -> None:
    with pytest.raises(NotUnderstood):
        ordered("recordings", words)


def test_yes_answers_also_whether_one_may_be_kept() -> None:
    asking = active_call(ALAN, id=ALAN_S, own_kept="asked")
    calls = ready(calls=(active_call(GRACE, id=GRACE_S), asking))
    assert ordered("yes", "", calls) == AgreeToBeKept(on=True, call=ALAN_S)
    assert ordered("no", "alan", calls) == AgreeToBeKept(on=False, call=ALAN_S)
    with pytest.raises(NothingAsked):
        ordered("yes", "grace", calls)


def test_files_of_every_person_are_asked_for_by_an_option() -> None:
    said = BY_NAME["record"].typed("--tracks on", CALLS, NOW)
    assert BY_NAME["record"].action(said) == RecordCall(on=True, tracks=True)


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("until 16:30", datetime(2026, 8, 20, 14, 30, tzinfo=UTC)),
        ("14:02", datetime(2026, 8, 20, 12, 2, tzinfo=UTC)),
        ("until 14:01", datetime(2026, 8, 21, 12, 1, tzinfo=UTC)),
        ("until 0:00", datetime(2026, 8, 20, 22, 0, tzinfo=UTC)),
    ],
)
def test_not_to_be_disturbed_until_a_time_of_day_that_is_to_come(words: str, at: datetime) -> None:
    assert ordered("dnd", words) == SetPresence("do_not_disturb", at.timestamp())


def test_not_to_be_disturbed_is_turned_on_and_off() -> None:
    busy = ready(me=MeView("ready", "default", presence="do_not_disturb"))
    assert ordered("dnd") == SetPresence("do_not_disturb")
    assert ordered("dnd", snapshot=busy) == SetPresence("free")
    assert ordered("dnd", "on", snapshot=busy) == SetPresence("do_not_disturb")
    assert ordered("dnd", "off") == SetPresence("free")
    assert ordered("dnd", "until 15:00", busy).presence == "do_not_disturb"  # type: ignore[union-attr]


def test_people_are_meant_by_name_or_address() -> None:
    assert ordered("block", "alan") == Block("alan@acme")
    assert ordered("unblock", "Alan Turing") == Block("alan@acme", on=False)
    assert ordered("forget", "Zoe@elsewhere ") == Forget("zoe@elsewhere")
    assert ordered("contact", "zoe@elsewhere Zoe  Z") == AddContact("zoe@elsewhere", "Zoe  Z")
    assert ordered("note", "at eight  ") == Note("at eight  ")
    for words in ("zoe", "nobody", ""):
        with pytest.raises((NobodySo, NotUnderstood)):
            ordered("block", words)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("call Grace Hopper", Call("Grace Hopper")),
        ("call grace, alan ,", Call("grace", ("alan",))),
        ("call --standard grace", Call("grace", standard=True)),
        ("call grace,alan --standard", Call("grace", ("alan",), standard=True)),
        ("call --all grace, alan", Call("grace", ("alan",), all_join=True)),
        ("add alan", Add("alan")),
        ("merge alan", Merge(ALAN_S)),
        ("merge", Merge()),
        ("transfer alan", Transfer("alan")),
        ("transfer alan --ask", Transfer("alan", ask=True)),
        ("complete", CompleteTransfer()),
        ("park", Park()),
        ("retrieve 71", Retrieve(71)),
        ("handover", HandOver()),
        ("handover desk", HandOver("desk")),
        ("leave hand over", LeaveE2EE("hand_over")),
        ("e2ee", GoE2EE()),
    ],
)
def test_what_is_typed_of_standard_calls_is_an_order(typed: str, meant: Action) -> None:
    word, _, words = typed.partition(" ")
    verb = BY_NAME[word]
    assert verb.action(verb.typed(words, CALLS, NOW)) == meant


def test_a_name_with_a_comma_is_one_person() -> None:
    people = ready(people=(*PEOPLE, person("Byron, Ada")))
    assert ordered("call", "byron, ada", people) == Call("byron, ada")


def test_yes_and_no_answer_the_question_that_is_shown() -> None:
    asks = active_call(ALAN, id=ALAN_S, place="held", question=sentence("Q_FIRST", peer="Alan"))
    calls = ready(calls=(active_call(GRACE, id=GRACE_S), asks))
    assert ordered("yes", "", calls) == Consent(True, "Q_FIRST", call=ALAN_S)
    assert ordered("no", "alan", calls) == Consent(False, "Q_FIRST", call=ALAN_S)
    for words, snapshot in (("", CALLS), ("grace", calls)):
        with pytest.raises(NothingAsked):
            ordered("yes", words, snapshot)


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("retrieve", "here"), ("retrieve", ""), ("transfer", ""), ("park", "71"), ("call", ","),
        ("mute", "yes"), ("talk", "on off"), ("answer", "loudly"), ("reconnect", "now"),
        ("dnd", "until noon"), ("dnd", "25:00"), ("dnd", "until"), ("dnd", "until 14:00:00"),
        ("note", ""), ("block", ""), ("contact", ""), ("call", ""), ("status", ""), ("stop", "it"),
    ],
)  # fmt: skip
def test_other_words_order_nothing_and_how_it_is_written_is_said(verb: str, words: str) -> None:
    with pytest.raises(NotUnderstood, match=verb):
        ordered(verb, words)


def test_the_table_says_each_verb_once_in_lines_that_fit() -> None:
    names = [name for verb in VERBS for name in (verb.name, *verb.also)]
    assert len(names) == len(set(names))
    assert [verb.name for verb in VERBS if len(verb.help) > 76 or not verb.help] == []


def test_the_prompt_takes_other_names_and_not_what_only_commands_are() -> None:
    assert verb_at_prompt("end") is verb_at_prompt("hangup") is BY_NAME["hangup"]
    assert verb_at_prompt("watch") is verb_at_prompt("") is verb_at_prompt("nope") is None
