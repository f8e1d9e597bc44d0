"""One call to several devices of a person: one leg wins, and the others stop."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calls.several_devices import SeveralDevices, device_of_bob, is_at
from tests.calls.two_devices import EVERYTHING, PIN_OF_BOB, Weather, of_type
from tests.e2ee.machines import BOB, MALLORY
from tui_call.calls.effects import Ended, KeyChanged, PeerProven, StartMedia
from tui_call.calls.events import (
    CodesCompared,
    MuteChanged,
    PersonAnswers,
    PersonHangsUp,
    TransportFailed,
)
from tui_call.calls.forked_call import MOST_LEGS
from tui_call.calls.introduction import KnownPeer
from tui_call.calls.rules import CallRules
from tui_call.calls.states import DEADLINES, State
from tui_call.e2ee.messages import Invite, MessageType, RefusalReason, encode_abort, peek
from tui_call.reasons import EndReason

DEVICES = [device_of_bob(number) for number in range(MOST_LEGS)]
TWO = DEVICES[:2]
STRANGER = device_of_bob(1, identity_seed=MALLORY.identity_seed)
REMOVED = device_of_bob(1, epoch=6)
OFFLINE = Weather(loses=EVERYTHING)


def two() -> SeveralDevices:
    return SeveralDevices(TWO)


def answers_late(*numbers: int) -> list[Weather]:
    """Return a weather in which these legs are slow and the others are not."""
    return [Weather(delay=(0.5, 0.5) if leg in numbers else (0.02, 0.02)) for leg in range(2)]


# The way to a conversation


def test_every_device_rings_and_the_caller_hears_it_once() -> None:
    call = SeveralDevices(DEVICES).ring()
    call.run(5)

    assert all(is_at(world, State.RINGING) for world in call.worlds)
    assert call.rang == 1
    assert call.ended is None


def test_legs_share_nothing_but_the_call() -> None:
    call = two().ring()
    first, second = (world.caller.sent_of(MessageType.M1)[0] for world in call.worlds)
    sessions = [world.caller.machine.session for world in call.worlds]

    assert peek(first).call_id == peek(second).call_id
    assert [peek(first).leg, peek(second).leg] == [0, 1]
    ours, theirs = Invite.decode(first), Invite.decode(second)
    assert ours.agreement_key != theirs.agreement_key
    assert ours.encapsulation_key != theirs.encapsulation_key
    assert ours.commitment != theirs.commitment
    codes = {session.security_code_secret for session in sessions if session is not None}
    assert len(codes) == 2


@pytest.mark.parametrize("winner", [0, 1])
def test_the_first_to_answer_wins_and_the_other_stops_within_a_second(winner: int) -> None:
    call = two().ring()
    loser = call.worlds[1 - winner]
    call.answer(winner)
    answered = call.now
    assert call.run_until(lambda: loser.callee.ended is not None)
    assert call.now < answered + 1
    talking = call.worlds[winner].devices
    assert call.run_until(lambda: {device.state for device in talking} == {State.SECURE})

    assert loser.callee.ended == Ended(EndReason.TAKEN, by_peer=True)
    assert call.winner == winner
    assert loser.caller.saw(StartMedia) == []
    assert call.ended is None
    ours, theirs = (device.machine.session for device in call.worlds[winner].devices)
    assert ours is not None
    assert theirs is not None
    assert ours.security_code_secret == theirs.security_code_secret


def test_of_two_who_answer_at_once_one_wins_and_the_other_reads_so() -> None:
    call = two().ring()
    call.answer(0)
    call.answer(1)
    call.run(3)

    assert call.winner is not None
    loser = call.worlds[1 - call.winner]
    assert loser.callee.ended == Ended(EndReason.TAKEN, by_peer=True)
    assert [len(world.caller.saw(StartMedia)) for world in call.worlds].count(1) == 1


def test_a_device_that_comes_late_is_told_to_stop_before_it_rings() -> None:
    call = SeveralDevices(TWO, weather=answers_late(1)).start()
    call.run_until(lambda: is_at(call.worlds[0], State.RINGING))
    call.talk(0)
    call.run(5)

    late = call.worlds[1]
    assert late.callee.referee.rang == 0
    assert late.callee.ended == Ended(EndReason.CANCELLED, by_peer=True)


def test_the_call_ends_with_the_leg_that_won() -> None:
    call = two().ring().talk(1)
    call.worlds[1].callee.hang_up()
    call.run(1)

    assert call.ended == Ended(EndReason.HUNG_UP, by_peer=True)


@pytest.mark.parametrize("devices", [1, 2])
def test_an_answer_that_comes_after_the_hang_up_ends_the_call_with_it(devices: int) -> None:
    call = SeveralDevices(TWO[:devices]).ring()
    answered = call.worlds[0]
    answered.weather.loses = of_type(MessageType.CTL)
    call.answer(0)
    assert call.run_until(lambda: answered.callee.state is State.CONNECTING)
    answered.weather.loses = None
    answered.callee.hang_up()
    assert call.run_until(lambda: answered.caller.ended is not None)

    assert call.winner == 0
    assert call.ended == Ended(EndReason.HUNG_UP, by_peer=True)
    for other in call.worlds[1:]:
        assert call.run_until(lambda other=other: other.callee.ended is not None)
        assert other.callee.ended == Ended(EndReason.TAKEN, by_peer=True)


def test_the_person_here_ends_every_leg() -> None:
    call = two().ring()
    call.hang_up()
    assert call.ended == Ended(EndReason.HUNG_UP, by_peer=False)
    call.run(1)
    call.hang_up()

    assert [world.callee.ended for world in call.worlds] == [
        Ended(EndReason.CANCELLED, by_peer=True)
    ] * 2


def test_a_mute_before_the_answer_reaches_whoever_answers() -> None:
    call = two().ring()
    call.runner.post(MuteChanged(on=True))
    call.talk(1)

    assert len(call.worlds[1].callee.effects) > 0
    assert "PeerMuted(on=True)" in map(repr, call.worlds[1].callee.effects)


def test_a_comparison_before_the_answer_counts_whoever_answers() -> None:
    for compared in (True, False):
        call = SeveralDevices(TWO, rules=CallRules(must_compare=True)).ring()
        call.runner.post(CodesCompared(on=compared))
        call.talk(1)
        assert (call.worlds[1].caller.machine.compare_by is None) == compared


# One person behind all legs


def other_key_ends(call: SeveralDevices, *, slow: int) -> None:
    """See to it that the leg which shows another key never gets M3, and that the call ends."""
    call.run(30)
    assert call.worlds[slow].caller.sent_of(MessageType.M3) == []
    assert all(world.callee.ended is not None for world in call.worlds)
    assert all(world.caller.state is State.ENDED for world in call.worlds)


@pytest.mark.parametrize("slow", [0, 1])
def test_in_a_first_call_two_keys_end_it_before_the_second_learns_who_calls(slow: int) -> None:
    call = SeveralDevices([TWO[0], STRANGER], weather=answers_late(slow), caller_knows=None)
    call.start()
    other_key_ends(call, slow=slow)

    assert call.ended == Ended(EndReason.HANDSHAKE_FAILED, by_peer=False)
    [proven] = [effect for world in call.worlds for effect in world.caller.saw(PeerProven)]
    assert isinstance(proven, PeerProven)
    assert proven.peer.identity_key == call.worlds[1 - slow].callee.own.identity_key


def test_two_keys_in_a_first_call_that_come_together() -> None:
    call = SeveralDevices([TWO[0], STRANGER], caller_knows=None).start()
    other_key_ends(call, slow=1)

    assert call.ended == Ended(EndReason.HANDSHAKE_FAILED, by_peer=False)


@pytest.mark.parametrize("slow", [0, 1])
def test_another_key_than_the_remembered_one_in_any_leg_is_a_changed_key(slow: int) -> None:
    call = SeveralDevices([TWO[0], STRANGER], weather=answers_late(slow)).start()
    call.run(30)

    assert call.ended == Ended(EndReason.KEY_CHANGED, by_peer=False)
    assert call.worlds[1].caller.sent_of(MessageType.M3) == []
    assert [len(world.caller.saw(KeyChanged)) for world in call.worlds] == [0, 1]


@pytest.mark.parametrize("slow", [0, 1])
@pytest.mark.parametrize("pin", [None, replace(PIN_OF_BOB, epoch=0)])
def test_a_device_of_a_lower_epoch_is_left_out(slow: int, pin: KnownPeer | None) -> None:
    call = SeveralDevices([TWO[0], REMOVED], weather=answers_late(slow), caller_knows=pin).start()
    call.run_until(lambda: is_at(call.worlds[0], State.RINGING))
    call.run(5)

    assert call.worlds[1].caller.ended == Ended(EndReason.HANDSHAKE_FAILED, by_peer=False)
    assert call.worlds[1].callee.ended is not None
    call.talk(0)


# Legs that end alone


@pytest.mark.parametrize("other", [0, 1])
def test_a_device_that_cannot_be_reached_does_not_end_the_call(other: int) -> None:
    call = two()
    call.worlds[other].callee_online = False
    call.start()
    call.run_until(lambda: is_at(call.worlds[1 - other], State.RINGING))
    call.run(25)
    call.talk(1 - other)

    assert call.worlds[other].caller.ended == Ended(EndReason.OFFLINE, by_peer=False)


def test_a_forged_abort_ends_one_leg() -> None:
    call = SeveralDevices(TWO, weather=[Weather(), OFFLINE]).start()
    header = peek(call.worlds[1].caller.sent[0])
    call.worlds[1].inject(call.worlds[1].caller, encode_abort(header.call_id, 1))
    call.run_until(lambda: is_at(call.worlds[0], State.RINGING))
    call.talk(0)


def test_a_decline_is_the_person_s_word_and_ends_all() -> None:
    call = two().ring()
    call.worlds[0].callee.hang_up(EndReason.DECLINED)
    call.run(1)

    assert call.ended == Ended(EndReason.DECLINED, by_peer=True)
    assert call.worlds[1].callee.ended == Ended(EndReason.DECLINED, by_peer=True)


@pytest.mark.parametrize("reason", [EndReason.BUSY, EndReason.DO_NOT_DISTURB])
def test_a_device_that_is_in_use_leaves_the_others_ringing(reason: EndReason) -> None:
    call = two().ring()
    call.worlds[0].callee.hang_up(reason)
    call.run(1)
    assert call.ended is None
    call.talk(1)


# The end of a call whose legs all ended

RANKED = [
    EndReason.BUSY,
    EndReason.DO_NOT_DISTURB,
    EndReason.NO_ANSWER,
    EndReason.NO_PATH,
    EndReason.HANDSHAKE_FAILED,
    EndReason.UNSIGNED_REFUSAL,
    EndReason.E2EE_OFF,
    EndReason.SILENT_PEER,
    EndReason.OFFLINE,
]


def ends_so(reasons: Sequence[EndReason]) -> Ended:
    """Let each leg end for its reason, and return the end of the call."""
    refused = (EndReason.E2EE_OFF, EndReason.UNSIGNED_REFUSAL)
    silent = (EndReason.SILENT_PEER, EndReason.OFFLINE)
    call = SeveralDevices(
        [
            device_of_bob(9 + number, identity_seed=MALLORY.identity_seed)
            if reason is EndReason.UNSIGNED_REFUSAL
            else DEVICES[number]
            for number, reason in enumerate(reasons)
        ],
        weather=[OFFLINE if reason in silent else Weather() for reason in reasons],
        refusals=[RefusalReason.SETTING if reason in refused else None for reason in reasons],
    )
    for world, reason in zip(call.worlds, reasons, strict=True):
        world.callee_online = reason is not EndReason.OFFLINE
        if reason is EndReason.NO_PATH:
            world.caller.description = None
        if reason is EndReason.HANDSHAKE_FAILED:
            world.weather.loses = of_type(MessageType.M2)
    call.start()
    call.run(3)
    for world, reason in zip(call.worlds, reasons, strict=True):
        match reason:
            case EndReason.BUSY | EndReason.DO_NOT_DISTURB:
                world.callee.hang_up(reason)
            case EndReason.HANDSHAKE_FAILED:
                world.inject(
                    world.caller, encode_abort(peek(world.caller.sent[0]).call_id, world.number)
                )
            case _:
                pass
    call.run(100)
    assert call.ended is not None
    assert [world.caller.ended.reason for world in call.worlds if world.caller.ended] == list(
        reasons
    )
    return call.ended


@settings(max_examples=25, deadline=None)
@given(reasons=st.lists(st.sampled_from(RANKED), min_size=1, max_size=MOST_LEGS))
def test_the_end_is_the_one_that_tells_most_whatever_the_order(reasons: list[EndReason]) -> None:
    ended = ends_so(reasons)

    assert ended.reason is min(reasons, key=RANKED.index)
    assert (ended.refusal is not None) == (ended.reason is EndReason.E2EE_OFF)


def test_a_refusal_counts_only_where_every_device_that_answered_refused() -> None:
    assert ends_so([EndReason.E2EE_OFF, EndReason.OFFLINE]).refusal is RefusalReason.SETTING
    assert ends_so([EndReason.E2EE_OFF, EndReason.NO_ANSWER]).refusal is None
    assert ends_so([EndReason.E2EE_OFF, EndReason.UNSIGNED_REFUSAL]).refusal is None


# Any course, over any service


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    legs=st.integers(1, MOST_LEGS),
    wait=st.floats(0, 8),
    acts=st.lists(
        st.tuples(
            st.integers(0, MOST_LEGS - 1),
            st.sampled_from(["answer", "decline", "busy", "transport", "offline", "caller"]),
            st.floats(0, 3),
        ),
        max_size=6,
    ),
)
def test_one_leg_at_most_is_spoken_on_and_all_come_to_rest(
    seed: int, legs: int, wait: float, acts: list[tuple[int, str, float]]
) -> None:
    lossy = [Weather(loss=0.3, duplication=0.3, delay=(0.01, 1.0)) for _ in range(legs)]
    call = SeveralDevices(DEVICES[:legs], seed=seed, weather=lossy).start()
    call.run(wait)
    for number, act, seconds in acts:
        do(call, number % legs, act)
        call.run(seconds)
    for world in call.worlds:
        world.weather = Weather()
    call.run(150)

    speaking = [world for world in call.worlds if world.caller.state is State.SECURE]
    assert (len(speaking) == 1) == (call.ended is None)
    for world in call.worlds:
        assert {device.state for device in world.devices} in ({State.SECURE}, {State.ENDED})
        assert world.caller.saw(StartMedia) == [] or world.number == call.winner


def do(call: SeveralDevices, number: int, act: str) -> None:
    world = call.worlds[number]
    match act:
        case "answer" if len(world.devices) == 2:
            world.callee.handle(PersonAnswers())
        case "decline" | "busy" if is_at(world, State.RINGING):
            reason = EndReason.DECLINED if act == "decline" else EndReason.BUSY
            world.callee.handle(PersonHangsUp(reason))
        case "transport" if world.caller.state is State.CONNECTING:
            world.caller.handle(TransportFailed())
        case "offline":
            world.callee_online = False
        case "caller" if number == 0:
            call.hang_up()
        case _:
            pass


def test_no_leg_waits_longer_than_the_longest_deadlines() -> None:
    call = two().ring()
    assert call.run_until(lambda: call.ended is not None)
    assert call.ended == Ended(EndReason.NO_ANSWER, by_peer=False)
    assert call.now < DEADLINES[State.WAIT_ANSWER].seconds + 5


def test_an_old_device_with_the_pinned_key_is_one_of_the_person_s() -> None:
    call = SeveralDevices([BOB, TWO[1]]).ring().talk(0)
    assert call.ended is None
