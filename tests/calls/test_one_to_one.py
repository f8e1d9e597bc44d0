"""Calls between two devices whose service behaves: every way through the table of states."""

import pytest

from tests.calls.two_devices import (
    ANSWER,
    BAD_DESCRIPTION,
    OFFER,
    SILENCE_THAT_ENDS,
    World,
    of_type,
    reach,
)
from tui_call.calls.end_codes import DeclineCode
from tui_call.calls.events import (
    DescriptionReady,
    Ended,
    FrameAuthenticated,
    HoldChanged,
    MuteChanged,
    NoteArrived,
    NoteWritten,
    PathLost,
    PeerEndsInMedia,
    PeerHeld,
    PeerHoldsInMedia,
    PeerMuted,
    PeerProven,
    PersonAnswers,
    PersonHangsUp,
    SendMessage,
    TransportFailed,
    Undeliverable,
)
from tui_call.calls.one_to_one import LINGER
from tui_call.calls.states import (
    CALLEE_STATES,
    CALLER_STATES,
    DEADLINES,
    TRANSITIONS,
    State,
    Trigger,
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

BOTH = (State.CONNECTING, State.SECURE)
EVERYTHING = of_type(*MessageType)
CALLER_MOMENTS = (*CALLER_STATES, *BOTH)
CALLEE_MOMENTS = (*CALLEE_STATES, *BOTH)


# The way to a conversation


def test_a_call_that_is_answered_becomes_secure_under_the_same_keys() -> None:
    world = World().talk()
    caller, callee = world.caller, world.callee

    assert caller.states == [
        State.WAIT_RESPOND,
        State.WAIT_ADDRESSES,
        State.WAIT_ANSWER,
        State.CONNECTING,
        State.SECURE,
    ]
    assert callee.states == [
        State.WAIT_OFFER,
        State.RINGING,
        State.ANSWERING,
        State.CONNECTING,
        State.SECURE,
    ]
    assert (callee.offer_taken, caller.answer_taken) == (OFFER, ANSWER)
    assert caller.machine.is_caller
    assert not callee.machine.is_caller
    assert caller.session is not None
    assert callee.session is not None
    assert caller.session.security_code_secret == callee.session.security_code_secret
    assert caller.machine.peer is not None
    assert caller.machine.peer.identity_key == callee.own.identity_key
    assert callee.machine.peer is not None
    assert callee.machine.peer.identity_key == caller.own.identity_key


def test_addresses_gathered_before_the_answer_to_the_invite_go_out_with_it() -> None:
    world = World()
    world.caller.gathers_in = 0.0
    world.talk()

    assert world.callee.offer_taken == OFFER


def test_nothing_rings_and_nobody_is_remembered_before_the_caller_is_proven() -> None:
    world = World()
    world.weather.loses = of_type(MessageType.M3)
    reach("callee", State.WAIT_OFFER, world)
    world.run(DEADLINES[State.WAIT_OFFER].seconds - 1)
    assert world.callee.state is State.WAIT_OFFER
    assert world.callee.referee.rang == 0
    assert world.callee.saw(PeerProven) == []

    world.weather.loses = None
    assert world.run_until(lambda: world.callee.referee.rang == 1, 10)


def test_the_service_cannot_make_a_call_secure_by_saying_connected() -> None:
    world = reach("caller", State.CONNECTING)
    world.path_works = False
    world.run(1.0)

    assert {world.caller.state, world.callee.state} == {State.CONNECTING}


# Every state that waits has its deadline


@pytest.mark.parametrize("state", CALLER_STATES)
def test_the_caller_waits_so_long_and_no_longer(state: State) -> None:
    world = World()
    if state is State.WAIT_RESPOND:
        world.weather.loses = of_type(MessageType.M1)
    if state is State.WAIT_ADDRESSES:
        world.caller.gathers_in = 1000
    reach("caller", state, world)
    limit = DEADLINES[state]

    # The clock of a state begins with it.
    began = world.now
    assert world.run_until(lambda: world.caller.ended is not None)
    assert world.now - began == pytest.approx(limit.seconds)
    assert world.caller.ended == Ended(limit.reason, by_peer=False)


@pytest.mark.parametrize("state", CALLEE_STATES)
def test_the_callee_waits_so_long_and_no_longer(state: State) -> None:
    world = World()
    if state is State.WAIT_OFFER:
        world.weather.loses = of_type(MessageType.M3)
    reach("callee", state, world)
    world.callee.gathers_in = 1000
    if state is State.ANSWERING:
        world = World()
        world.ring()
        world.callee.gathers_in = 1000
        world.callee.handle(PersonAnswers())
    world.weather.loses = EVERYTHING
    limit = DEADLINES[state]
    began = world.now

    assert world.run_until(lambda: world.callee.ended is not None)
    assert world.now - began == pytest.approx(limit.seconds, abs=0.1)
    assert world.callee.ended == Ended(limit.reason, by_peer=False)


def test_a_path_that_carries_nothing_ends_after_its_deadline_at_both() -> None:
    world = World()
    world.path_works = False
    world.ring().callee.handle(PersonAnswers())
    caller, callee = world.settle()

    assert {caller.reason, callee.reason} == {EndReason.NO_PATH}
    assert {caller.by_peer, callee.by_peer} == {True, False}


def test_a_path_that_carries_one_way_only_ends_after_the_deadline_of_the_deaf_side() -> None:
    world = World()
    world.one_way = True
    world.ring().callee.handle(PersonAnswers())
    world.until_callee(State.SECURE)
    caller, callee = world.settle()

    assert caller == Ended(EndReason.NO_PATH, by_peer=False)
    assert callee == Ended(EndReason.NO_PATH, by_peer=True)


def test_a_conversation_has_no_deadline() -> None:
    world = World().talk()
    world.run(400)

    assert {device.state for device in world.devices} == {State.SECURE}
    assert world.caller.machine.next_deadline() is None


def test_each_state_that_waits_has_a_deadline_and_a_way_out() -> None:
    assert set(DEADLINES) == set(State) - {State.SECURE, State.ENDED}
    for state, ways in TRANSITIONS.items():
        assert (Trigger.ENDS in ways) == (state is not State.ENDED)


# A call that rings in vain


def test_a_call_nobody_answers_is_no_answer_here_and_missed_there() -> None:
    world = World().ring()
    caller, callee = world.settle()

    assert caller.reason is EndReason.NO_ANSWER
    assert callee.reason is EndReason.CANCELLED


def test_where_the_callee_gives_up_first_the_caller_hears_that_nobody_answered() -> None:
    world = World().ring()
    world.callee.handle(PersonHangsUp(DEADLINES[State.RINGING].reason))
    caller, callee = world.settle()

    assert caller == Ended(EndReason.NO_ANSWER, by_peer=True)
    assert callee == Ended(EndReason.CANCELLED, by_peer=False)


def test_a_missed_call_is_told_once_although_both_sides_give_up() -> None:
    world = World().ring()
    world.weather.loses = EVERYTHING
    world.run(DEADLINES[State.RINGING].seconds + 1)
    assert world.callee.ended == Ended(EndReason.CANCELLED, by_peer=False)
    world.weather.loses = None  # both farewells arrive now
    world.settle()

    assert world.callee.saw(Ended) == [Ended(EndReason.CANCELLED, by_peer=False)]
    assert world.caller.saw(Ended) == [Ended(EndReason.NO_ANSWER, by_peer=False)]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (EndReason.DECLINED, EndReason.DECLINED),
        (EndReason.HUNG_UP, EndReason.DECLINED),
        (EndReason.BUSY, EndReason.BUSY),
        (EndReason.DO_NOT_DISTURB, EndReason.DO_NOT_DISTURB),
        (EndReason.ENGINE_STOPPED, EndReason.OFFLINE),
    ],
)
def test_a_call_that_is_not_taken_says_why(said: EndReason, heard: EndReason) -> None:
    world = World().ring()
    world.callee.hang_up(said)
    caller, callee = world.settle()

    assert caller == Ended(heard, by_peer=True)
    assert callee == Ended(said, by_peer=False)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (EndReason.HUNG_UP, EndReason.HUNG_UP),
        (EndReason.CODES_DIFFER, EndReason.CODES_DIFFER),
        (EndReason.CONNECTION_LOST, EndReason.CONNECTION_LOST),
        (EndReason.ENGINE_STOPPED, EndReason.HUNG_UP),
    ],
)
@pytest.mark.parametrize("way", ["service", "media"])
def test_a_conversation_ends_for_the_same_reason_by_either_way(
    said: EndReason, heard: EndReason, way: str
) -> None:
    world = World().talk()
    if way == "service":
        world.path_works = False
    else:
        world.weather.loses = EVERYTHING
    world.callee.hang_up(said)
    caller, callee = world.settle()

    assert caller == Ended(heard, by_peer=True)
    assert callee == Ended(said, by_peer=False)


# Hanging up, at every moment and by either side


@pytest.mark.parametrize("ticks", range(12))
def test_the_caller_may_cancel_at_any_moment(ticks: int) -> None:
    world = World()
    world.weather.delay = (0.05, 0.05)
    world.caller.start()
    world.run(ticks * 0.05)
    world.caller.hang_up()
    caller, callee = world.settle()

    assert caller == Ended(EndReason.HUNG_UP, by_peer=False)
    assert callee == Ended(EndReason.CANCELLED, by_peer=True)
    assert world.callee.referee.media_started == 0


@pytest.mark.parametrize("state", CALLER_MOMENTS)
def test_the_caller_hangs_up_in_each_state(state: State) -> None:
    world = reach("caller", state)
    world.caller.hang_up()
    caller, callee = world.settle()
    ringing = state in CALLER_STATES

    assert caller == Ended(EndReason.HUNG_UP, by_peer=False)
    assert callee == Ended(EndReason.CANCELLED if ringing else EndReason.HUNG_UP, by_peer=True)


@pytest.mark.parametrize("state", CALLEE_MOMENTS)
def test_the_callee_hangs_up_in_each_state(state: State) -> None:
    world = reach("callee", state)
    world.callee.hang_up()
    caller, callee = world.settle()

    assert callee == Ended(EndReason.HUNG_UP, by_peer=False)
    assert caller.by_peer
    assert caller.reason is {
        State.WAIT_OFFER: EndReason.HANDSHAKE_FAILED,
        State.RINGING: EndReason.DECLINED,
        State.ANSWERING: EndReason.DECLINED,
    }.get(state, EndReason.HUNG_UP)


def test_both_may_hang_up_at_once() -> None:
    world = World().talk()
    world.caller.hang_up()
    world.callee.hang_up()

    assert world.settle() == (Ended(EndReason.HUNG_UP, False), Ended(EndReason.HUNG_UP, False))


def test_an_answer_that_crosses_the_cancel_connects_nothing() -> None:
    world = World().ring()
    world.callee.handle(PersonAnswers())
    world.until_callee(State.CONNECTING)
    world.caller.hang_up()
    caller, callee = world.settle()

    assert caller == Ended(EndReason.HUNG_UP, by_peer=False)
    assert callee == Ended(EndReason.HUNG_UP, by_peer=True)
    assert world.caller.session is None


# After the end


def test_a_farewell_that_got_lost_is_said_again_and_then_there_is_silence() -> None:
    world = World().talk()
    world.path_works = False
    world.weather.loses = EVERYTHING
    world.caller.hang_up()
    world.run(2.0)
    assert world.callee.state is State.SECURE
    said = set(world.caller.sent)
    world.weather.loses = None
    world.run(2.0)

    assert world.callee.ended == Ended(EndReason.HUNG_UP, by_peer=True)
    assert set(world.caller.sent) == said
    world.run(LINGER)
    assert world.caller.machine.next_deadline() is None
    world.inject(world.caller, world.callee.sent[-1])
    assert world.caller.sent[-1] in said
    assert world.caller.handle(Undeliverable()) == []


def test_an_unheard_farewell_is_not_said_for_ever() -> None:
    world = World().talk()
    world.path_works = False
    world.weather.loses = EVERYTHING
    world.caller.hang_up()
    ended_at = world.now
    world.run(LINGER)
    count = len(world.caller.sent)
    world.run(100)

    assert world.now > ended_at + LINGER
    assert len(world.caller.sent) == count
    assert world.callee.ended == Ended(EndReason.CONNECTION_LOST, by_peer=False)


def test_who_missed_the_abort_is_told_again_when_it_asks_again() -> None:
    world = reach("callee", State.WAIT_OFFER)
    world.caller.hang_up()
    [abort] = world.caller.sent_of(MessageType.ABORT)
    [respond] = world.callee.sent_of(MessageType.M2)
    world.inject(world.caller, respond)

    assert world.caller.sent_of(MessageType.ABORT) == [abort, abort]
    world.inject(world.caller, abort)
    assert len(world.caller.sent_of(MessageType.ABORT)) == 2


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


def test_only_a_conversation_can_be_held() -> None:
    world = World().ring()

    assert world.callee.handle(HoldChanged(True)) == []


def test_silence_on_the_path_ends_the_call() -> None:
    world = World().talk()
    world.path_works = False
    world.weather.loses = EVERYTHING
    world.run(SILENCE_THAT_ENDS + 1)

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
