"""Whether a call that is not E2EE begins: refused, asked first, or visible as such."""

import pytest

from tests.support.by_bridge import (
    call,
    call_with,
    end_of,
    events,
    hear_each_other,
    question,
    speak,
)
from tests.support.one_process import Resident, Village, a_call, until
from tui_call.control.actions import (
    Action,
    Add,
    Answer,
    Call,
    ChangeAccountSetting,
    ChangeSetting,
    Consent,
    HangUp,
    ListParked,
    Park,
    Retrieve,
)
from tui_call.control.server import ActionRefused
from tui_call.engine.calls import call_watch
from tui_call.engine.calls.standard_call import StandardCallOwner
from tui_call.engine.service.door import cut
from tui_call.signaling.standard_calls import ActInCall, CallChanged
from tui_call.standard_calls import moving


async def refused(person: Resident, order: Action) -> tuple[str, str]:
    with pytest.raises(ActionRefused) as refusal:
        await person.order(order)
    return refusal.value.code, refusal.value.sentence.code


def break_link(person: Resident) -> None:
    """Break the connection to the service; the engine makes another one."""
    link = person.engine.membership.link
    assert link is not None
    assert link._frames is not None
    cut(link._frames)


async def met(ada: Resident, ben: Resident) -> None:
    """Let two have had an E2EE call."""
    async with a_call(ada, ben):
        pass


async def test_with_whom_e2ee_was_made_both_ends_ask_before_anything_else(
    ada: Resident, ben: Resident
) -> None:
    await met(ada, ben)
    await ada.order(Call(ben.account, standard=True))
    assert question(ada) == "Q_FIRST"
    assert ada.call.question is not None
    assert ada.call.question.whole == (
        "You had E2EE with Ben. This call would not be. Call anyway? "
        "Not E2EE: you asked for a standard call."
    )
    assert (ada.phase, ben.phase) == ("setup", "ended")
    assert await refused(ada, Consent(yes=True, code="Q_STANDARD")) == (
        "wrong_state",
        "C_NO_QUESTION",
    )
    await ada.order(Consent(yes=True, code="Q_FIRST"))
    await until(lambda: ben.phase == "ringing")
    assert (question(ada), question(ben)) == ("", "Q_FIRST")
    assert await refused(ben, Answer()) == ("gate", "Q_FIRST")
    assert ben.call.ringing_here
    await ben.order(Consent(yes=True, code="Q_FIRST"))
    await hear_each_other(ada, ben)
    await ada.order(HangUp())


async def test_who_says_no_calls_nobody_and_who_says_no_there_declines(
    ada: Resident, ben: Resident
) -> None:
    await met(ada, ben)
    await ada.order(Call(ben.account, standard=True))
    await ada.order(Consent(yes=False, code="Q_FIRST"))
    assert ada.phase == "ended"
    await ada.order(Call(ben.account, standard=True))
    await ada.order(Consent(yes=True, code="Q_FIRST"))
    await until(lambda: question(ben) == "Q_FIRST")
    await ben.order(Consent(yes=False, code="Q_FIRST"))
    await until(lambda: end_of(ada) == "R_DECLINED")
    assert len(ben.snapshot.history) == 2  # the E2EE call, and the one that was declined


async def test_a_question_that_nobody_answers_ends_the_call_before_anybody_is_asked(
    here: Village, ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    await met(ada, ben)
    await ada.order(Call(ben.account, standard=True))
    assert question(ada) == "Q_FIRST"
    monkeypatch.setattr(call_watch, "SETUP_WITHIN", 1.0)
    await until(lambda: end_of(ada) == "Q_UNANSWERED")
    assert here.gateway.of(ActInCall) == []
    await until(lambda: ada.untold == [])
    await ada.order(Call(ben.account, standard=True))
    assert question(ada) == "Q_FIRST"


async def test_a_call_of_which_no_word_comes_ends_and_rings_no_more(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = StandardCallOwner.take

    def take_what_rings_here(owner: StandardCallOwner, told: CallChanged) -> None:
        if owner.record.direction == "incoming":
            take(owner, told)

    monkeypatch.setattr(StandardCallOwner, "take", take_what_rings_here)
    await ada.order(Call(ben.account, standard=True))
    await until(lambda: ben.phase == "ringing")
    monkeypatch.setattr(call_watch, "SETUP_WITHIN", 1.0)
    await until(lambda: end_of(ada) == "R_NO_SERVICE")
    await until(lambda: end_of(ben) == "R_CANCELLED")


@pytest.mark.parametrize("comes_back", [False, True])
async def test_a_call_of_whose_end_no_word_came_rings_no_more(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch, comes_back: bool
) -> None:
    take = StandardCallOwner.take

    def take_no_end(owner: StandardCallOwner, told: CallChanged) -> None:
        if not (told.over and owner.record.direction == "incoming"):
            take(owner, told)

    monkeypatch.setattr(StandardCallOwner, "take", take_no_end)
    monkeypatch.setattr(call_watch, "TOLD_WITHIN" if comes_back else "RINGS_WITHIN", 1.0)
    await ada.order(Call(ben.account, standard=True))
    await until(lambda: ben.phase == "ringing")
    await ada.order(HangUp())
    await until(lambda: call_with(ada, ben).phase == "ended")
    if comes_back:
        break_link(ben)
    await until(lambda: not any(one.phase == "ringing" for one in ben.snapshot.calls))
    assert [one.direction for one in ben.snapshot.history] == ["missed"]
    assert not ben.engine.calls.at_hand.asking


async def test_a_service_that_is_back_says_that_a_call_rings_yet(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    await call(ada, ben)
    before = ben.engine.calls.records[bytes.fromhex(ben.call.id)].standard
    assert before is not None
    told = before.told
    break_link(ben)
    await until(lambda: before.told is not told)
    assert ben.phase == "ringing"


async def test_the_own_reason_is_known_at_once(ada: Resident, ben: Resident) -> None:
    await ada.order(ChangeSetting("e2ee.calls", "off"))
    await ada.order(Call(ben.account))
    assert question(ada) == "Q_STANDARD"
    assert ada.call.why_standard is not None
    assert ada.call.why_standard.text == "Not E2EE: your E2EE setting is off."
    await ada.order(Consent(yes=True, code="Q_STANDARD"))
    await until(lambda: ben.phase == "ringing")
    assert ben.call.why_standard is not None
    assert ben.call.why_standard.text == "Not E2EE: the E2EE setting of Ada is off."
    assert (question(ben), events(ben)) == ("", ["Q_IN_STANDARD"])
    await ben.order(Answer())
    await hear_each_other(ada, ben)


@pytest.mark.parametrize(
    ("known", "code", "why"),
    [
        (True, "Q_FIRST", "Not E2EE: the E2EE setting of Ben is off."),
        (False, "Q_STANDARD", "Not E2EE: the service says that it is off for Ben, unsigned."),
    ],
)
async def test_what_the_other_end_refuses_as_e2ee_goes_on_by_the_bridge(
    ada: Resident, ben: Resident, known: bool, code: str, why: str
) -> None:
    if known:
        await met(ada, ben)
    await ben.order(ChangeAccountSetting("off"))
    await until(lambda: not ben.engine.rights.own.on)
    await ada.order(Call(ben.account))
    call_id = ada.call.id
    await until(lambda: question(ada) == code)
    assert (ada.call.id, ada.call.kind) == (call_id, "standard")
    assert ada.call.why_standard is not None
    assert ada.call.why_standard.text == why
    assert ben.notices == []
    await ada.order(Consent(yes=True, code=code))
    await until(lambda: ben.phase == "ringing")
    assert ben.call.why_standard is not None
    assert ben.call.why_standard.text == "Not E2EE: your E2EE setting is off."
    await ben.order(Consent(yes=True, code="Q_FIRST") if known else Answer())
    await hear_each_other(ada, ben)


async def test_who_takes_only_e2ee_gets_no_other_call(ada: Resident, ben: Resident) -> None:
    await ben.order(ChangeSetting("e2ee.calls", "require"))
    await ada.order(Call(ben.account, standard=True))
    await until(lambda: end_of(ada) == "R_PEER_REQUIRE")
    assert ben.phase == ""
    assert ben.notices == ["R_PEER_REQUIRE"]
    code, _ = await refused(ben, Call(ada.account, standard=True))
    assert code == "gate"


async def test_a_call_answered_by_an_engine_waits_for_the_person_where_it_asks(
    ada: Resident, ben: Resident
) -> None:
    await met(ada, ben)
    await ben.order(ChangeSetting("engine.answer", "always"))
    await ada.order(Call(ben.account, standard=True))
    await ada.order(Consent(yes=True, code="Q_FIRST"))
    await until(lambda: question(ben) == "Q_FIRST")
    await ada.order(HangUp())
    await until(lambda: ben.phase == "ended")
    await ben.order(ChangeSetting("engine.answer", "everything"))
    await ada.order(Call(ben.account, standard=True))
    await ada.order(Consent(yes=True, code="Q_FIRST"))
    await hear_each_other(ada, ben)


async def test_a_call_without_a_question_is_answered_by_an_engine(
    ada: Resident, ben: Resident
) -> None:
    await ben.order(ChangeSetting("engine.answer", "always"))
    await ada.order(Call(ben.account, standard=True))
    await hear_each_other(ada, ben)


async def test_a_call_of_several_is_asked_about_because_they_are_several(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await met(ada, ben)
    await ada.order(Call(ben.account, others=(cleo.account,), standard=True))
    assert ada.call.question is not None
    assert ada.call.question.whole == (
        "You had E2EE with Ben. This call would not be. Call anyway? "
        "Not E2EE: more than two people are called."
    )
    await ada.order(Consent(yes=False, code="Q_FIRST"))


async def test_who_retrieves_a_call_is_asked_first_where_e2ee_was_made_with_who_waits(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await met(cleo, ben)
    calls = len(cleo.snapshot.history)
    await speak(ada, ben)
    slot = (await ada.order(Park()))["slot"]
    await cleo.order(Retrieve(slot))
    assert cleo.call.question is not None
    assert cleo.call.question.whole == (
        "You had E2EE with Ben. This call would not be. Call anyway? "
        "Not E2EE: the call came from park or transfer."
    )
    await cleo.order(Consent(yes=False, code="Q_FIRST"))
    [parked] = (await cleo.order(ListParked()))["parked"]
    assert (parked["slot"], parked["people"]) == (slot, ["Ben"])
    assert len(cleo.snapshot.history) == calls
    await cleo.order(Retrieve(slot))
    await cleo.order(Consent(yes=True, code="Q_FIRST"))
    await hear_each_other(ben, cleo)
    slot = (await cleo.order(Park()))["slot"]
    await cleo.order(Retrieve(slot))
    assert question(cleo) == ""  # to a call with him she has said yes
    await hear_each_other(ben, cleo)


async def test_the_question_of_a_call_that_rings_back_says_where_it_was_parked(
    ada: Resident, ben: Resident, cleo: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    await met(ada, ben)
    await ben.order(Call(ada.account, standard=True))
    await ben.order(Consent(yes=True, code="Q_FIRST"))
    await until(lambda: question(ada) == "Q_FIRST")
    await ada.order(Consent(yes=True, code="Q_FIRST"))
    await hear_each_other(ada, ben)
    await ada.order(Add(cleo.account))
    await until(lambda: cleo.phase == "ringing")
    await cleo.order(Answer())
    await hear_each_other(ada, ben, cleo)
    monkeypatch.setattr(moving, "PARK_SECONDS", 1.0)
    slot = (await ada.order(Park()))["slot"]
    await until(lambda: question(ada) == "Q_FIRST")
    assert ada.call.question is not None
    assert ada.call.question.whole == (
        "You had E2EE with Ben. This call is not. Answer anyway? "
        f"Not E2EE: you parked it at {slot}, and nobody took it."
    )


async def test_what_somebody_else_has_taken_during_the_question_is_no_call(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await met(cleo, ben)
    calls = len(cleo.snapshot.history)
    await speak(ada, ben)
    slot = (await ada.order(Park()))["slot"]
    await cleo.order(Retrieve(slot))
    await ada.order(Retrieve(slot))
    await hear_each_other(ada, ben)
    await cleo.order(Consent(yes=True, code="Q_FIRST"))
    await until(lambda: end_of(cleo) == "N_SLOT_EMPTY")
    assert len(cleo.snapshot.history) == calls
    await hear_each_other(ada, ben)


async def test_who_takes_only_e2ee_retrieves_nothing(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await speak(ada, ben)
    slot = (await ada.order(Park()))["slot"]
    await cleo.order(ChangeSetting("e2ee.calls", "require"))
    await until(lambda: cleo.engine.rights.own.required)
    assert (await refused(cleo, Retrieve(slot)))[1] == "ON_REQUIRE_SELF"
    [parked] = (await ada.order(ListParked()))["parked"]
    assert parked["slot"] == slot
