"""What a valid device key alone does not open: each refused act gives its reason, and no more."""

from pathlib import Path

import pytest

from tests.support.callers import (
    Caller,
    CallTown,
    call_town,
    fill_the_space,
    new_id,
)
from tests.support.members import Clock
from tui_call.service.limits import Limits, Rate
from tui_call.signaling.call_acts import (
    MOST_MEMBERS,
    Act,
    AddAct,
    AgreeAct,
    AnswerAct,
    CancelConsultAct,
    CaptionsAct,
    ConsultAct,
    DeclineAct,
    DescribeAct,
    HandOverAct,
    HangUpAct,
    HoldAct,
    JoinConsultedAct,
    MergeAct,
    MuteAct,
    NoteAct,
    ParkAct,
    PlaceAct,
    RecordAct,
    TranscribeAct,
    TransferAct,
)
from tui_call.signaling.messages import ChangeSetting, Done
from tui_call.signaling.operations import (
    GrantPolicy,
    NewPolicy,
    SetPolicy,
    Term,
)
from tui_call.signaling.standard_calls import ActInCall

NOBODY = "nobody@nowhere"


def all_acts(caller: Caller, other: str, call: str) -> list[Act]:
    """Return each act that is about a call, as somebody would ask for it."""
    return [
        AnswerAct(caller.instance),
        DeclineAct(),
        HangUpAct(),
        HoldAct(on=True),
        MuteAct(on=True),
        AddAct((other,)),
        AddAct((NOBODY,)),
        MergeAct(call),
        TransferAct(other),
        ConsultAct(other),
        JoinConsultedAct(),
        CancelConsultAct(),
        ParkAct(),
        HandOverAct(caller.member.device),
        RecordAct(on=True),
        TranscribeAct(on=True),
        AgreeAct(on=True),
        CaptionsAct(on=True),
        NoteAct("hello"),
        DescribeAct(caller.instance, new_id(), "offer"),
    ]


async def says(calls: CallTown, **terms: Term) -> None:
    """Have the organisation's calling policy say something."""
    await calls.administers(SetPolicy(name="calls", terms=dict(terms)))


async def test_for_who_is_not_in_it_there_is_no_such_call(calls: CallTown) -> None:
    ada, ben, eve = await calls.callers("ada", "ben", "eve")
    call = await calls.talk(ada, ben)
    own = await eve.places(ada)
    for act in all_acts(eve, ada.account, own):
        calls.town.clock.now += 1
        answers = [await eve.ask(act, one) for one in (call, new_id(), "")]
        assert {answer.refused for answer in answers} == {"N_UNKNOWN_CALL"}, act
    again = PlaceAct((ada.account,), eve.instance)
    assert await eve.refused(again, call) == "N_UNKNOWN_CALL"
    for one in (call, new_id()):
        assert await eve.refused(MergeAct(one), own) == "N_NOOTHER"
    room = calls.bridge.rooms[call]
    assert len(room.members) == 2
    assert all(member.hears == "room" for member in room.members)


async def test_another_device_of_a_person_in_it_is_not_in_it(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    tower = await calls.second_device(ada)
    call = await calls.talk(ada, ben)
    for act in all_acts(tower, ben.account, new_id()):
        calls.town.clock.now += 1
        assert await tower.refused(act, call) == "N_UNKNOWN_CALL", act


async def test_who_is_asked_to_come_may_answer_and_decline_and_nothing_else(
    calls: CallTown,
) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call = await ada.places(ben)
    for act in all_acts(ben, cleo.account, call)[2:]:
        calls.town.clock.now += 1
        assert await ben.refused(act, call) == "N_UNKNOWN_CALL", act
    await ben.answers(call)


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        ("transfer", "P_TRANSFER"),
        ("transfer", "P_CONSULT"),
        ("park", "P_PARK"),
        ("merge", "P_MERGE"),
        ("add_people", "P_ADD"),
        ("recording", "P_RECORD"),
        ("transcription", "P_TRANSCRIPT"),
        ("captions", "P_CAPTIONS"),
    ],
)
async def test_the_policy_of_who_acts_decides(calls: CallTown, term: str, reason: str) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    await calls.administers(
        NewPolicy(name="narrow", kind="calling", terms={"transfer": True, term: False}),
        GrantPolicy(policy="narrow", to="user", subject="ada"),
    )
    call = await calls.talk(ada, ben)
    other = await calls.talk(ada, cleo)
    acts: dict[str, Act] = {
        "P_TRANSFER": TransferAct(cleo.account),
        "P_CONSULT": ConsultAct(cleo.account),
        "P_PARK": ParkAct(),
        "P_MERGE": MergeAct(other),
        "P_ADD": AddAct((NOBODY,)),
        "P_RECORD": RecordAct(on=True),
        "P_TRANSCRIPT": TranscribeAct(on=True),
        "P_CAPTIONS": CaptionsAct(on=True),
    }
    assert await ada.refused(acts[reason], call) == reason
    whom_it_does_not_apply_to = await ben.ask(acts[reason], call)
    assert whom_it_does_not_apply_to.refused != reason


async def test_where_the_space_is_full_nothing_is_kept_and_no_call_begins_that_must_be(
    calls: CallTown,
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    file = fill_the_space(calls)
    for act in (RecordAct(on=True), TranscribeAct(on=True)):
        assert await ada.refused(act, call) == "N_KEPT_FULL"
    await ada.does(HangUpAct(), call)
    await calls.administers(
        NewPolicy(name="bank", kind="calling", terms={"compliance_recording": True}),
        GrantPolicy(policy="bank", to="user", subject="ben"),
    )
    for one, other in ((ada, ben), (ben, ada)):
        placed = PlaceAct((other.account,), one.instance)
        assert await one.refused(placed, new_id()) == "N_COMPLIANCE"
    file.unlink()
    calls.town.clock.now += 1
    await ada.places(ben)


async def test_where_the_space_is_full_nobody_brings_a_rule_into_a_call(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    await calls.administers(
        NewPolicy(name="bank", kind="calling", terms={"compliance_recording": True}),
        GrantPolicy(policy="bank", to="user", subject="cleo"),
    )
    call, by_rule = await calls.talk(ada, ben), await ada.places(cleo)
    await cleo.answers(by_rule)
    file = fill_the_space(calls)
    bring: list[Act] = [AddAct((cleo.account,)), TransferAct(cleo.account), MergeAct(by_rule)]
    for act in bring:
        assert await ada.refused(act, call) == "N_COMPLIANCE"
    await ben.does(MuteAct(on=True), call)  # it goes on
    # What is being recorded goes on as well, and takes others in.
    await ada.does(AddAct((ben.account,)), by_rule)
    await ben.answers(by_rule)
    file.unlink()
    calls.town.clock.now += 1
    await ada.does(AddAct((cleo.account,)), call)
    fill_the_space(calls)
    assert await cleo.refused(AnswerAct(cleo.instance), call) == "N_COMPLIANCE"


async def test_in_a_call_one_keeps_what_it_began_with(calls: CallTown) -> None:
    ada, ben, cleo, dan = await calls.callers("ada", "ben", "cleo", "dan")
    call = await calls.talk(ada, ben)
    await says(calls, add_people=False)
    await ada.does(AddAct((cleo.account,)), call)
    await cleo.answers(call)
    assert await cleo.refused(AddAct((dan.account,)), call) == "P_ADD"
    await ben.does(AddAct((dan.account,)), call)


async def test_what_is_kept_of_a_call_needs_a_policy_that_allows_it_now(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    await says(calls, recording=False, transcription=False, captions=False)
    for act, why in (
        (RecordAct(on=True), "P_RECORD"),
        (TranscribeAct(on=True), "P_TRANSCRIPT"),
        (CaptionsAct(on=True), "P_CAPTIONS"),
    ):
        assert await ada.refused(act, call) == why


async def test_what_the_audit_keeps_is_limited(tmp_path: Path, clock: Clock) -> None:
    limits = Limits(calls=Rate(burst=3, per_second=1))
    async with call_town(tmp_path / "state", clock, limits=limits) as calls:
        ada, ben = await calls.callers("ada", "ben")
        for _ in range(3):
            await ada.does(HangUpAct(), await ada.places(ben))
        place = ActInCall(0, new_id(), PlaceAct((ben.account,), ada.instance), new_id())
        assert (await ada.member.client.fails(place)).code == "rate"
        await ben.places(ada)
        clock.now += 1
        await ada.places(ben)


async def test_ringing_several_needs_a_policy_that_lets_add_people(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    await says(calls, add_people=False)
    both = PlaceAct((ben.account, cleo.account), ada.instance)
    assert await ada.refused(both, new_id()) == "P_RINGGROUP"
    await ada.places(ben)


async def test_nobody_whose_calls_are_recorded_by_rule_is_asked_apart(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call = await calls.talk(ada, cleo)
    await calls.administers(
        NewPolicy(name="bank", kind="calling", terms={"compliance_recording": True}),
        GrantPolicy(policy="bank", to="user", subject="ben"),
    )
    assert await ada.refused(ConsultAct(ben.account), call) == "N_BY_RULE"
    await ada.does(AddAct((ben.account,)), call)


async def test_who_takes_only_e2ee_calls_places_none_that_is_not(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    place = PlaceAct((ben.account,), ada.instance)
    await ada.member.client.ask(lambda number: ChangeSetting(number, "require"), Done)
    own = await ada.refused(place, new_id())
    await ada.member.client.ask(lambda number: ChangeSetting(number, "off"), Done)
    await calls.administers(SetPolicy(name="organisation", terms={"e2ee_calls": "required"}))
    assert {own, await ada.refused(place, new_id())} == {"ON_REQUIRE_SELF", "ON_REQUIRED"}


async def test_who_takes_only_e2ee_calls_answers_none_that_is_not(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await ada.places(ben)
    await ben.member.client.ask(lambda number: ChangeSetting(number, "require"), Done)
    assert await ben.refused(AnswerAct(ben.instance), call) == "ON_REQUIRE_SELF"
    await ben.member.client.ask(lambda number: ChangeSetting(number, "on"), Done)
    await ben.answers(call)


async def test_nobody_is_called_whom_there_is_not(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    assert await ada.refused(PlaceAct((NOBODY,), ada.instance), new_id()) == "R_NO_USER"
    assert await ada.refused(PlaceAct((ada.account,), ada.instance), new_id()) == "N_OWN_CALL"
    call = await calls.talk(ada, ben)
    for act in (AddAct((NOBODY,)), TransferAct(NOBODY), ConsultAct(NOBODY)):
        assert await ada.refused(act, call) == "R_NO_USER"
    for act in (AddAct((ben.account,)), TransferAct(ada.account), TransferAct(ben.account)):
        assert await ada.refused(act, call) == "N_OWN_CALL"


async def test_a_seventeenth_person_finds_the_call_full(calls: CallTown) -> None:
    ada, *others = await calls.callers("ada", *(f"p{number}" for number in range(MOST_MEMBERS)))
    *first, last = others
    call = await ada.places(*first)
    await first[0].answers(call)
    for one in (ada, first[0]):
        assert await one.refused(AddAct((last.account,)), call) == "N_FULL"
        assert await one.refused(ConsultAct(last.account), call) == "N_FULL"
    everybody = tuple(one.account for one in others)
    too_many = ActInCall(0, new_id(), PlaceAct(everybody, ada.instance), new_id())
    assert (await ada.member.client.fails(too_many)).code == "malformed"


async def test_without_a_bridge_nobody_asks_in_calls(tmp_path: Path, clock: Clock) -> None:
    async with call_town(tmp_path / "state", clock) as calls:
        calls.bridge.broken = True
        ada, ben = await calls.callers("ada", "ben")
        place = PlaceAct((ben.account,), ada.instance)
        assert await ada.refused(place, new_id()) == "N_BRIDGE"
        calls.bridge.broken = False
        await ada.places(ben)
