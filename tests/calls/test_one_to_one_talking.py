"""Notes, mute and hold, the own transport, and events that come where they do not fit."""

import pytest

from tests.calls.two_devices import (
    ANSWER,
    BAD_DESCRIPTION,
    BOTH,
    CALLEE_MOMENTS,
    CALLER_MOMENTS,
    EVERYTHING,
    OFFER,
    World,
    reach,
)
from tui_call.calls import path_monitor
from tui_call.calls.effects import Ended, NoteArrived, PeerHeld, PeerMuted, SendMessage
from tui_call.calls.end_codes import DeclineCode
from tui_call.calls.events import (
    DescriptionReady,
    FrameAuthenticated,
    HoldChanged,
    MuteChanged,
    NoteWritten,
    PathLost,
    PeerEndsInMedia,
    PeerHoldsInMedia,
    PersonAnswers,
    TransportFailed,
    Undeliverable,
)
from tui_call.calls.states import (
    CALLEE_STATES,
    CALLER_STATES,
    State,
)
from tui_call.e2ee.control_channel import (
    Answer,
    ControlMessage,
    Decline,
    Note,
    ReconnectAsk,
    RekeyAsk,
    Ringing,
)
from tui_call.e2ee.messages import MessageType
from tui_call.reasons import EndReason

# In the conversation


def test_notes_arrive_in_a_secure_call_only() -> None:
    world = World().ring()
    world.caller.handle(NoteWritten("too early"))
    world.callee.handle(PersonAnswers())
    world.until_caller(State.SECURE)
    world.caller.handle(NoteWritten("hello"))
    assert world.run_until(lambda: bool(world.callee.notes), 5)

    assert world.callee.notes == ["hello"]
    assert world.callee.saw(NoteArrived) == [NoteArrived("hello")]


def test_a_note_that_comes_before_the_first_frame_waits_for_it() -> None:
    world = World()
    world.one_way = True
    world.ring().callee.handle(PersonAnswers())
    world.until_callee(State.SECURE)
    world.callee.handle(NoteWritten("one"))
    world.callee.handle(NoteWritten("two"))
    world.run(1.0)
    assert world.caller.notes == []
    world.one_way = False
    world.until_caller(State.SECURE)

    assert world.caller.notes == ["one", "two"]


def test_a_note_before_there_can_be_a_conversation_is_left_out() -> None:
    world = World().ring()
    session = world.callee.machine.session
    assert session is not None
    world.inject(world.caller, session.control.seal(Note("psst"), world.now))
    world.callee.handle(PersonAnswers())
    world.until_caller(State.SECURE)

    assert world.caller.notes == []


@pytest.mark.parametrize("text", ["é" * 1001, "\ud800"])
def test_a_note_that_cannot_be_sent_cannot_be_written(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the codec's and the own message differ
        NoteWritten(text)


def test_mute_is_told_whenever_it_was_pressed() -> None:
    early = World()
    early.caller.start()
    early.caller.handle(MuteChanged(True))
    early.until_callee(State.RINGING)
    assert early.run_until(lambda: bool(early.callee.saw(PeerMuted)), 5)
    assert early.callee.saw(PeerMuted) == [PeerMuted(True)]

    late = World().talk()
    late.callee.handle(MuteChanged(True))
    late.callee.handle(MuteChanged(False))
    late.run(1.0)
    assert late.caller.saw(PeerMuted) == [PeerMuted(True), PeerMuted(False)]


def test_mute_that_was_taken_back_before_there_were_keys_is_not_worth_a_word() -> None:
    world = World()
    world.caller.start()
    world.caller.handle(MuteChanged(True))
    world.caller.handle(MuteChanged(False))
    world.until_callee(State.RINGING).run(1.0)

    assert world.callee.saw(PeerMuted) == []


@pytest.mark.parametrize("way", ["service", "media"])
def test_hold_arrives_by_either_way(way: str) -> None:
    world = World().talk()
    if way == "service":
        world.path_works = False
    else:
        world.weather.loses = EVERYTHING
    world.caller.handle(HoldChanged(True))
    world.run(1.0)

    assert set(world.callee.saw(PeerHeld)) == {PeerHeld(True)}
    assert world.callee.state is State.SECURE


def test_a_hold_that_the_service_brings_late_takes_back_nothing_that_the_sound_said() -> None:
    world = World().talk()
    world.weather.loses = EVERYTHING
    said = len(world.caller.sent)
    world.caller.handle(HoldChanged(True))
    late = world.caller.sent[said]
    world.run(1.0)
    world.caller.handle(HoldChanged(False))
    world.run(1.0)
    world.inject(world.callee, late)  # and the end of the hold is withheld
    world.run(1.0)
    assert world.callee.saw(PeerHeld) == [PeerHeld(True), PeerHeld(False)]

    world.weather.loses = None
    world.run(20.0)
    assert len(world.callee.saw(PeerHeld)) == 2
    world.path_works = False
    world.caller.handle(HoldChanged(True))
    world.run(1.0)
    assert world.callee.saw(PeerHeld)[2:] == [PeerHeld(True)]


def test_only_a_conversation_can_be_held() -> None:
    world = World().ring()

    assert world.callee.handle(HoldChanged(True)) == []


def test_who_is_put_on_hold_before_the_first_sound_learns_it_with_that() -> None:
    world = World().ring()
    world.callee.handle(HoldChanged(True))
    world.callee.handle(PersonAnswers())
    assert world.run_until(lambda: {at.state for at in world.devices} == {State.SECURE})
    world.run(1.0)

    assert world.caller.saw(PeerHeld) == [PeerHeld(True)]
    assert world.callee.saw(PeerHeld) == []


def test_silence_on_the_path_ends_the_call() -> None:
    world = World().talk()
    world.path_works = False
    world.weather.loses = EVERYTHING
    world.run(path_monitor.LOST_AFTER + 1)

    assert {device.ended for device in world.devices} == {Ended(EndReason.CONNECTION_LOST, False)}


# The own transport


@pytest.mark.parametrize("state", [*CALLER_STATES, State.CONNECTING])
def test_a_caller_whose_transport_fails_ends_without_a_path(state: State) -> None:
    world = reach("caller", state)
    world.caller.handle(TransportFailed())
    caller, callee = world.settle()

    assert caller == Ended(EndReason.NO_PATH, by_peer=False)
    expected = EndReason.NO_PATH if state is State.CONNECTING else EndReason.CANCELLED
    assert callee == Ended(expected, by_peer=True)


@pytest.mark.parametrize("state", [*CALLEE_STATES, State.CONNECTING])
def test_a_callee_whose_transport_fails_ends_without_a_path(state: State) -> None:
    world = reach("callee", state)
    world.callee.handle(TransportFailed())
    caller, callee = world.settle()

    assert callee == Ended(EndReason.NO_PATH, by_peer=False)
    aborted = state is State.WAIT_OFFER
    expected = EndReason.HANDSHAKE_FAILED if aborted else EndReason.NO_PATH
    assert caller == Ended(expected, by_peer=True)


def test_in_a_conversation_the_path_is_judged_by_what_arrives_on_it() -> None:
    world = World().talk()

    assert world.caller.handle(TransportFailed()) == []
    assert world.caller.state is State.SECURE


@pytest.mark.parametrize("gathers_in", [0.0, 0.3])
def test_an_own_offer_that_breaks_the_rules_is_no_path(gathers_in: float) -> None:
    world = World()
    world.caller.gathers_in = gathers_in
    world.caller.description = BAD_DESCRIPTION
    world.caller.start()
    caller, callee = world.settle()

    assert caller == Ended(EndReason.NO_PATH, by_peer=False)
    assert callee == Ended(EndReason.CANCELLED, by_peer=True)
    assert world.caller.sent_of(MessageType.M3) == []
    assert world.callee.referee.rang == 0


@pytest.mark.parametrize("description", [BAD_DESCRIPTION, ANSWER + "a=x\r\n" * 2000, None])
def test_an_own_answer_that_breaks_the_rules_is_no_path(description: str | None) -> None:
    world = World().ring()
    world.callee.description = description
    world.callee.handle(PersonAnswers())
    caller, callee = world.settle()

    assert callee == Ended(EndReason.NO_PATH, by_peer=False)
    assert caller == Ended(EndReason.NO_PATH, by_peer=True)
    assert world.callee.referee.media_started == 0


# What does not fit is ignored

IDLE_EVENTS = {
    "answer": PersonAnswers(),
    "frame": FrameAuthenticated(),
    "end in media": PeerEndsInMedia(),
    "hold in media": PeerHoldsInMedia(True),
    "path lost": PathLost(),
    "hold": HoldChanged(True),
    "note": NoteWritten("text"),
    "description": DescriptionReady(OFFER),
    "undeliverable": Undeliverable(),
}
MATTERS = {
    "answer": {State.RINGING},
    "frame": {State.CONNECTING},
    "end in media": set(BOTH),
    "hold in media": set(BOTH),
    "path lost": set(BOTH),
    "hold": {State.SECURE},
    "note": {State.SECURE},
    "description": {State.WAIT_ADDRESSES, State.ANSWERING},
    "undeliverable": {State.WAIT_RESPOND},
}


@pytest.mark.parametrize(
    ("side", "state"),
    [("caller", s) for s in CALLER_MOMENTS] + [("callee", s) for s in CALLEE_MOMENTS],
)
@pytest.mark.parametrize("name", IDLE_EVENTS)
def test_an_event_matters_in_its_states_and_nowhere_else(
    side: str, state: State, name: str
) -> None:
    world = reach(side, state)
    device = world.caller if side == "caller" else world.callee
    effects = device.machine.handle(IDLE_EVENTS[name], world.now)

    assert bool(effects) == (state in MATTERS[name])


@pytest.mark.parametrize("name", IDLE_EVENTS)
def test_after_the_end_no_event_matters(name: str) -> None:
    world = World().talk()
    world.caller.hang_up()

    assert world.caller.handle(IDLE_EVENTS[name]) == []


def test_a_device_that_is_away_is_offline() -> None:
    world = World()
    world.callee_online = False
    world.caller.start()
    world.run(1.0)

    assert world.caller.ended == Ended(EndReason.OFFLINE, by_peer=False)


@pytest.mark.parametrize(
    "message", [Ringing(), Answer(ANSWER), Note("note"), RekeyAsk(), ReconnectAsk(1)]
)
def test_what_a_peer_says_out_of_place_is_acknowledged_and_left_out(
    message: ControlMessage,
) -> None:
    world = World().ring()
    world.run(1.0)
    session = world.caller.machine.session
    assert session is not None
    wire = session.control.seal(message, world.now)
    before = len(world.callee.effects)
    world.inject(world.callee, wire)

    assert [type(effect) for effect in world.callee.effects[before:]] == [SendMessage]
    assert world.callee.state is State.RINGING


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.RINGING, EndReason.CANCELLED),
        (State.ANSWERING, EndReason.HUNG_UP),
        (State.SECURE, EndReason.HUNG_UP),
    ],
)
def test_a_caller_that_declines_its_own_call_has_hung_up(state: State, reason: EndReason) -> None:
    world = reach("callee", state)
    session = world.caller.machine.session
    assert session is not None
    wire = session.control.seal(Decline(DeclineCode.BUSY), world.now)
    world.inject(world.callee, wire)
    world.run(1.0)

    assert world.callee.ended == Ended(reason, by_peer=True)
