"""Calls between two devices whose service behaves: every way through the table of states."""

import pytest

from tests.calls.two_devices import (
    ANSWER,
    CALLEE_MOMENTS,
    CALLER_MOMENTS,
    EVERYTHING,
    OFFER,
    World,
    of_type,
    reach,
)
from tui_call.calls.course import LINGER
from tui_call.calls.effects import Ended, PeerProven
from tui_call.calls.events import PersonAnswers, PersonHangsUp, Undeliverable
from tui_call.calls.rekeying import REKEY_INTERVAL
from tui_call.calls.states import (
    CALLEE_STATES,
    CALLER_STATES,
    DEADLINES,
    TRANSITIONS,
    State,
    Trigger,
)
from tui_call.e2ee.messages import HEADER_BYTES, MessageType, peek
from tui_call.reasons import EndReason

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


def test_a_conversation_has_no_deadline_but_that_of_its_keys() -> None:
    world = World().talk()
    began = world.now
    world.run(400)

    assert {device.state for device in world.devices} == {State.SECURE}
    due = world.caller.machine.next_deadline()
    assert due == pytest.approx(began + REKEY_INTERVAL, abs=1)
    assert world.callee.machine.next_deadline() is None


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


def is_acknowledgement(payload: bytes) -> bool:
    """Tell a message of the control channel that says nothing but what has arrived."""
    sequence = payload[HEADER_BYTES + 4 : HEADER_BYTES + 8]
    return peek(payload).type is MessageType.CTL and sequence[0] >= 0x80


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
    assert all(map(is_acknowledgement, set(world.caller.sent) - said))
    world.run(LINGER)
    assert world.caller.machine.next_deadline() is None
    said = set(world.caller.sent)
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


def test_an_abort_that_got_lost_is_sent_again() -> None:
    world = reach("callee", State.WAIT_OFFER)
    world.weather.loses = of_type(MessageType.ABORT, MessageType.M2, MessageType.M3)
    world.caller.hang_up()
    world.run(1.0)
    assert world.callee.state is State.WAIT_OFFER
    world.weather.loses = None
    world.run(1.0)

    assert world.callee.ended == Ended(EndReason.CANCELLED, by_peer=True)


def test_who_missed_the_abort_is_told_again_when_it_asks_again() -> None:
    world = reach("callee", State.WAIT_OFFER)
    world.caller.hang_up()
    [abort] = world.caller.sent_of(MessageType.ABORT)
    [respond] = world.callee.sent_of(MessageType.M2)
    world.inject(world.caller, respond)

    assert world.caller.sent_of(MessageType.ABORT) == [abort, abort]
    world.inject(world.caller, abort)
    assert len(world.caller.sent_of(MessageType.ABORT)) == 2


@pytest.mark.parametrize("held_up", [EndReason.CROWDED, EndReason.TOO_MANY_CALLS])
def test_an_invite_that_is_held_up_is_sent_again(held_up: EndReason) -> None:
    world = World()
    world.caller.start()
    world.caller.handle(Undeliverable(held_up))
    world.until_callee(State.RINGING)


@pytest.mark.parametrize("held_up", [EndReason.CROWDED, EndReason.TOO_MANY_CALLS])
def test_a_call_whose_invite_is_held_up_to_the_end_says_so(held_up: EndReason) -> None:
    for last_told, reason in ((1, EndReason.SILENT_PEER), (19, held_up)):
        world = World()
        world.weather.loses = EVERYTHING
        world.caller.start()
        world.run(last_told)
        world.caller.handle(Undeliverable(held_up))
        assert world.run_until(lambda w=world: w.caller.ended is not None)
        assert world.caller.ended == Ended(reason, by_peer=False)
