"""What people say of keys, and what the gate lets them do in a call."""

import time

import pytest

from tests.support.one_process import Resident, Village, a_call, until
from tui_call.calls import comparison_deadline
from tui_call.control.actions import (
    AcceptKey,
    Call,
    ChangePolicy,
    Compare,
    Decline,
    HangUp,
    Hold,
    Mute,
    Note,
)
from tui_call.control.server import ActionRefused
from tui_call.control.views import PersonView
from tui_call.e2ee.control_messages import LeaveAsk, LeaveYes
from tui_call.e2ee.messages import MessageType, peek
from tui_call.profile import contacts as contacts_module
from tui_call.profile.contacts import NothingToUndo, Standing, UnknownKey
from tui_call.service.routing import Router
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import Deliver, Send


def seen(by: Resident, other: Resident) -> PersonView:
    (found,) = [one for one in by.snapshot.people if one.account == other.account]
    return found


async def refused(person: Resident, action: object) -> str:
    """Return the code of the sentence with which an order is refused."""
    with pytest.raises(ActionRefused) as answer:
        await person.order(action)  # type: ignore[arg-type]
    return answer.value.sentence.code if answer.value.sentence else str(answer.value)


async def test_they_match_counts_only_in_a_secure_call(ada: Resident, ben: Resident) -> None:
    assert await refused(ada, Compare("match")) == "N_NOCALL"
    await ada.order(Call(ben.account))
    await until(lambda: ada.phase == "ringing" and ben.phase == "ringing")
    assert ben.call.member.code is not None  # it is shown, and nothing can be said of it
    for person in (ada, ben):
        assert await refused(person, Compare("match")) == "N_NOTYET"
    await ada.order(HangUp())
    await until(lambda: ada.phase == "ended")
    assert await refused(ada, Compare("match")) == "N_NOCALL"
    assert seen(ada, ben).standing == "seen_before"


async def test_a_verdict_is_about_the_code_that_was_looked_at(ada: Resident, ben: Resident) -> None:
    async with a_call(ada, ben):
        before = ada.code
    async with a_call(ada, ben):
        for verdict in ("match", "differ"):
            for code in ("", before, ada.code[:-1]):
                assert await refused(ada, Compare(verdict, code=code)) == "G_CODE_AGAIN"
        assert (ada.phase, seen(ada, ben).standing) == ("active", "seen_before")
        await ada.order(Compare("match", "words", code=ada.code))


async def test_the_gate_says_why_something_cannot_be_now(ada: Resident, ben: Resident) -> None:
    for action in (Hold(), Note("hello"), Mute()):
        assert await refused(ada, action) == "N_NOCALL"
    await ada.order(Call(ben.account))
    await until(lambda: ada.phase == "ringing")
    assert await refused(ada, Hold()) == "N_NOTYET"
    assert await refused(ada, Note("hello")) == "N_NOTYET"
    await ada.order(Mute())
    assert ada.active.core.session is not None


async def test_a_match_is_taken_back_within_ten_seconds_only(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_call(ada, ben):
        await ada.order(Compare("match", "words", code=ada.code))
        assert ada.call.member.person.undo_until > ada.call.started
        assert ada.call.shield.code == "SH_COMPARED"
        await ada.order(Compare("undo"))
        assert ada.call.shield.code == "SH_NEW"
        await ada.order(Compare("match", "words", code=ada.code))
        monkeypatch.setattr(contacts_module, "UNDO_SECONDS", -1.0)
        with pytest.raises(NothingToUndo, match="too late"):
            await ada.order(Compare("undo"))
        assert (ada.call.shield.code, seen(ada, ben).compared_how) == ("SH_COMPARED", "words")


async def test_a_key_is_compared_in_person_as_it_was_shown(ada: Resident, ben: Resident) -> None:
    async with a_call(ada, ben):
        pass
    for digits in ("", "1" * 60, seen(ben, ada).fingerprint[:-1]):
        with pytest.raises(UnknownKey):
            await ada.order(Compare("match", "in person", ben.account, digits))
    assert seen(ada, ben).fingerprint == seen(ben, ada).fingerprint
    order = Compare("match", "in person", ben.account, seen(ada, ben).fingerprint)
    await ada.order(order)
    person = seen(ada, ben)
    assert (person.standing, person.compared_how) == ("compared", "in person")
    assert person.standing_when == pytest.approx(time.time(), abs=60)
    assert person.undo_until > time.time()
    await ada.order(Compare("undo", "in person", ben.account, person.fingerprint))
    assert seen(ada, ben).standing == "seen_before"


async def test_the_shield_of_a_call_that_never_was_promises_nothing(
    ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        await ada.order(Compare("match", code=ada.code))
    assert ada.call.shield.code == "SH_COMPARED"  # of the sound that there was
    await ada.order(Call(ben.account))
    await until(lambda: ben.phase == "ringing")
    await ben.order(Decline())
    await until(lambda: ada.phase == "ended")
    assert ada.call.shield.code == "SH_NO_CALL"


async def test_whoever_is_told_that_the_codes_differ_sees_it_on_the_shield(
    ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        await ada.order(Compare("differ", code=ada.code))
        await until(lambda: ben.phase == "ended")
    assert ada.call.shield.code == ben.call.shield.code == "SH_DIFFER"


async def test_who_says_that_codes_differ_is_not_rung_by_a_call_that_was_on_its_way(
    here: Village, ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada's first call has its M2 when Ben marks her; the service lets her M3 through later."""
    held: list[Send] = []
    send = Router.send

    async def holding(router: Router, sender: ClientSession, message: Send) -> None:
        if message.to_account == ben.account and peek(message.payload).type is MessageType.M3:
            held.append(message)
        else:
            await send(router, sender, message)

    monkeypatch.setattr(Router, "send", holding)
    await ada.order(Call(ben.account))
    await until(lambda: held)
    await ada.order(HangUp())
    (unproven,) = ben.engine.calls.records.values()
    async with a_call(ben, ada):
        await ben.order(Compare("differ", code=ben.code))
    first = held[0]
    here.say(ben, Deliver(first.call, 9, ada.account, ada.device, first.payload))
    await until(lambda: unproven.ended or unproven.proven)
    assert (unproven.proven, ben.phase) == (False, "ended")
    assert ben.notices == []


async def test_a_fingerprint_that_differs_ends_the_call_with_that_person(
    ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        await ada.order(Compare("differ", "in person", ben.account, seen(ada, ben).fingerprint))
        assert ada.call.shield.code == "SH_DIFFER"
        for person in (ada, ben):
            await until(lambda one=person: one.phase == "ended")
            assert person.call.end_reason is not None
            assert person.call.end_reason.code == "SH_DIFFER"
    for person, other in ((ada, ben), (ben, ada)):
        assert seen(person, other).standing == "differed", "whoever said so"
        assert await refused(person, Call(other.account)) == "R_CODES_MARK"
        name = "Ben" if other is ben else "Ada"
        told = [person.call.end_reason, person.snapshot.history[0].end_reason]
        assert [words.text for words in told if words] == [
            f"Codes with {name} differ: somebody may listen in. Compare in person."
        ] * 2


async def test_a_key_that_changed_again_is_not_accepted_unseen(
    ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        pass
    contacts, account = ada.contacts, seen(ada, ben).account
    key = contacts.get(account).identity_key  # type: ignore[arg-type]
    contacts.observe(account, b"1" * 32, 0, time.time())  # type: ignore[arg-type]
    looked_at = seen(ada, ben)
    assert looked_at.standing == "changed"
    # what was compared in person may have been the new key
    for verdict in ("match", "differ"):
        said = Compare(verdict, "in person", account, looked_at.fingerprint)
        assert await refused(ada, said) == "G_KEY_ASK"
    assert seen(ada, ben).standing == "changed"
    assert contacts.get(account).key_standing is Standing.SEEN_BEFORE  # type: ignore[arg-type]
    contacts.observe(account, b"2" * 32, 0, time.time())  # type: ignore[arg-type]
    accept = AcceptKey(account, looked_at.offered_fingerprint)
    assert await refused(ada, accept) == "G_KEY_AGAIN"
    assert await refused(ada, AcceptKey(account, "")) == "G_KEY_AGAIN"
    assert contacts.get(account).identity_key == key  # type: ignore[arg-type]
    await ada.order(AcceptKey(account, seen(ada, ben).offered_fingerprint))
    assert contacts.get(account).identity_key == b"2" * 32  # type: ignore[arg-type]


# A policy that wants calls compared


@pytest.fixture
async def strict(here: Village, ada: Resident, ben: Resident) -> None:
    await ada.order(ChangePolicy(require_compared=True))
    for person in (ada, ben):
        await until(lambda one=person: one.snapshot.encryption.require_compared)


@pytest.mark.usefixtures("strict")
async def test_a_call_that_nobody_compares_ends_and_both_read_why(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_call(ada, ben):
        for person in (ada, ben):
            assert person.call.shield.code == "SH_MUST_COMPARE"
            assert "Policy organisation: compare the code" in person.call.shield.text
            left = person.call.member.compare_by - time.time()
            assert 60 < left <= comparison_deadline.COMPARE_SECONDS
        await ada.order(Compare("match", "digits", code=ada.code))
        assert (ada.call.shield.code, ada.call.member.compare_by) == ("SH_COMPARED", 0)
        assert ben.call.shield.code == "SH_MUST_COMPARE"
    monkeypatch.setattr(comparison_deadline, "COMPARE_SECONDS", 0.5)
    async with a_call(ben, ada):
        assert ada.call.shield.code == "SH_COMPARED"  # it was compared before
        for person in (ada, ben):
            await until(lambda one=person: one.phase == "ended")
        assert ben.call.end_reason is not None
        assert ben.call.end_reason.text == (
            "Ended: your policy wants the code compared within 2 minutes."
        )
        assert ada.call.end_reason is not None
        assert ada.call.end_reason.text == (
            "Ended: a policy of Ben wants the code compared in 2 minutes."
        )
    assert ben.snapshot.history[0].end_reason.text.startswith("Ended: your policy")


@pytest.mark.usefixtures("strict")
async def test_comparing_in_person_is_enough(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_call(ada, ben):
        for one, other in ((ada, ben), (ben, ada)):
            digits = seen(one, other).fingerprint
            await one.order(Compare("match", "in person", other.account, digits))
            assert (one.call.shield.code, one.call.member.compare_by) == ("SH_COMPARED", 0)
    monkeypatch.setattr(comparison_deadline, "COMPARE_SECONDS", 0.0)
    async with a_call(ada, ben):
        await ada.hears_more()
        assert (ada.phase, ben.phase) == ("active", "active")


async def test_a_call_keeps_the_policy_with_which_it_began(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison_deadline, "COMPARE_SECONDS", 0.0)
    async with a_call(ada, ben):
        await ada.order(ChangePolicy(require_compared=True))
        await until(lambda: ben.snapshot.encryption.require_compared)
        await ada.hears_more()
        assert ada.call.shield.code == ben.call.shield.code == "SH_NEW"
    encryption = ada.snapshot.encryption
    assert (encryption.policy_allows, encryption.require_compared) == ("user_choice", True)
    await ada.order(ChangePolicy(require_compared=False))
    await until(lambda: not ben.snapshot.encryption.require_compared)


# Leaving E2EE


async def test_a_peer_that_asks_to_leave_e2ee_is_told_no_and_the_person_reads_it(
    ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        for message in (
            LeaveAsk(bytes(16), "add\x1b[2J", "the bridge"),
            LeaveYes(bytes(16), "room 7"),
        ):
            ben.active.carry_out(*ben.active.core._say(message, time.monotonic()))
        await until(lambda: any(e.sentence.code == "G_LEAVE_REFUSED" for e in ada.call.events))
        (told,) = [e for e in ada.call.events if e.sentence.code == "G_LEAVE_REFUSED"]
        assert told.sentence.text == "Ben asked to leave E2EE for add[2J. This call stays E2EE."
        await ada.hears_more()
        assert (ada.call.kind, ada.call.microphone) == ("e2ee", "on")


async def test_the_microphone_has_one_word_whoever_holds(ada: Resident, ben: Resident) -> None:
    async with a_call(ada, ben):
        await ada.order(Mute(on=True))
        assert (ada.call.microphone, ada.call.muted) == ("muted", True)
        await ben.order(Hold(on=True))
        await until(lambda: ada.call.member.holding)
        await ada.order(Mute(on=False))
        assert (ada.call.microphone, ada.call.muted) == ("held", False)
        assert ben.call.microphone == "held"
        await ben.order(Mute(on=True))
        assert (ben.call.microphone, ben.call.muted) == ("held", True)
        await ben.order(Hold(on=False))
        await until(lambda: ada.call.microphone == "on")
        assert ben.call.microphone == "muted"
        assert [code for code in told(ben) if "HOLD" in code] == ["G_HOLD", "G_OFF_HOLD"]


async def test_the_other_side_reads_who_compared_and_its_own_mark_stays(
    ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        await ada.order(Compare("match", "words", code=ada.code))
        await until(lambda: "G_PEER_COMPARED" in told(ben))
        assert (seen(ada, ben).standing, seen(ben, ada).standing) == ("compared", "new")
        assert (asked(ada), asked(ben)) == ("G_MATCH", "G_PEER_COMPARED")
        await ada.order(Compare("undo"))
        await until(lambda: "G_PEER_UNCOMPARED" in told(ben))
        assert asked(ben) == "G_COMPARE_ASK"


async def test_a_policy_that_changes_in_a_call_is_told_in_it(ada: Resident, ben: Resident) -> None:
    async with a_call(ada, ben):
        await ada.order(ChangePolicy("user_choice", require_compared=True))
        for person in (ada, ben):
            await until(lambda one=person: "G_POLICY" in told(one))
        await ada.order(ChangePolicy("disabled"))
        await until(lambda: "G_POLICY_E2EE_OFF" in told(ben))
        await ada.order(ChangePolicy("user_choice"))
        await until(lambda: told(ben).count("G_POLICY") == 2)
        assert ben.phase == "active"


def asked(person: Resident) -> str:
    assert person.call.member.compare is not None
    return person.call.member.compare.code


def told(person: Resident) -> list[str]:
    return [event.sentence.code for event in person.call.events]
