"""Two calls between the same two people: who call each other at once, and who call again."""

import asyncio
from types import SimpleNamespace

import pytest

from tests.engine.two_calls import refused
from tests.support.one_process import Resident, Village, a_call, until
from tui_call.calls import course
from tui_call.control.actions import Answer, Call, HangUp, Mute, SetPresence
from tui_call.e2ee.messages import MessageType, peek
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.direct import DirectCalls
from tui_call.engine.commands import calls as call_orders
from tui_call.engine.commands.calls import Dialling
from tui_call.identifiers import AccountId
from tui_call.service.routing import Router
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import Deliver, Send

LOW, HIGH = b"\x7f" * 16, b"\x80" + bytes(15)


def under(monkeypatch: pytest.MonkeyPatch, call_id: bytes) -> None:
    """Let calls be placed under this id."""
    ids = SimpleNamespace(token_bytes=lambda _: call_id)
    monkeypatch.setattr(call_orders, "secrets", ids)


async def call_each_other(
    monkeypatch: pytest.MonkeyPatch, first: Resident, second: Resident, *ids: bytes
) -> None:
    """Let two people call each other at the same moment, under these call ids."""
    for caller, callee, call_id in ((first, second, ids[0]), (second, first, ids[1])):
        under(monkeypatch, call_id)
        await caller.order(Call(callee.account))


def ends(person: Resident) -> list[tuple[str, str]]:
    return [(past.direction, past.end_reason.code) for past in person.snapshot.history]


@pytest.mark.parametrize("ids", [(LOW, HIGH), (HIGH, LOW)])
async def test_who_call_each_other_for_the_first_time_are_asked_at_one_end(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch, ids: tuple[bytes, bytes]
) -> None:
    await call_each_other(monkeypatch, ada, ben, *ids)
    caller, callee = (ada, ben) if ids[0] == LOW else (ben, ada)
    await until(lambda: callee.phase == "ringing" and callee.call.ringing_here)
    await until(lambda: caller.phase == "ringing")
    assert (caller.call.direction, callee.call.direction) == ("outgoing", "incoming")
    await callee.order(Answer())
    await until(lambda: ada.phase == ben.phase == "active")
    await ada.hears_more()
    await ben.hears_more()
    assert ada.call.member.code is not None
    assert ben.call.member.code is not None
    assert ada.call.member.code.digits == ben.call.member.code.digits
    await ada.order(HangUp())
    await until(lambda: ben.phase == "ended")
    assert ends(caller) == [("outgoing", "G_ENDED")]
    assert ends(callee) == [("incoming", "G_ENDED")]
    assert ada.notices == ben.notices == []


@pytest.mark.parametrize("ids", [(LOW, HIGH), (HIGH, LOW)])
async def test_who_know_each_other_s_key_are_joined_without_ringing(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch, ids: tuple[bytes, bytes]
) -> None:
    async with a_call(ada, ben):
        pass
    await call_each_other(monkeypatch, ada, ben, *ids)
    callee = ben if ids[0] == LOW else ada
    await callee.order(Mute(True))
    await until(lambda: ada.phase == ben.phase == "active")
    assert callee.call.direction == "incoming"
    assert callee.call.microphone == "muted", "as it was in the own call"
    assert (callee.call.id, callee.call.was) == (LOW.hex(), (HIGH.hex(),))
    await ada.hears_more()
    await ben.hears_more()


async def test_who_know_each_other_are_joined_while_the_service_looks_for_one_of_them(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada's engine has answered Ben's invite when she calls him, and does not know his devices."""
    async with a_call(ada, ben):
        pass
    send, find = Router.send, Dialling._find_devices
    invited, found = asyncio.Event(), asyncio.Event()

    async def sends(router: Router, sender: ClientSession, message: Send) -> None:
        if message.to_account == ada.account and peek(message.payload).type is MessageType.M3:
            invited.set()
            await until(lambda: ada.phase == "setup" and ada.call.muted)
        await send(router, sender, message)

    async def finds(dialling: Dialling, account: AccountId) -> list[bytes]:
        if account == ben.account:
            await found.wait()
        return await find(dialling, account)

    monkeypatch.setattr(Router, "send", sends)
    monkeypatch.setattr(Dialling, "_find_devices", finds)
    under(monkeypatch, LOW)
    await ben.order(Call(ada.account))
    await until(invited.is_set)
    under(monkeypatch, HIGH)
    await ada.order(Call(ben.account))
    await ada.order(Mute(on=True))
    await until(lambda: ada.phase == ben.phase == "active")
    assert (ada.call.direction, ada.call.microphone) == ("incoming", "muted")
    found.set()
    await ada.hears_more()
    await ben.hears_more()
    assert [call.place for call in ada.snapshot.calls] == ["front"]


async def test_two_calls_under_one_id_both_end(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    under(monkeypatch, LOW)
    await asyncio.gather(ada.order(Call(ben.account)), ben.order(Call(ada.account)))
    await until(lambda: ada.phase == ben.phase == "ended")

    assert ends(ada) == ends(ben) == [("outgoing", "R_HANDSHAKE")]


async def test_a_call_that_was_given_up_rings_when_the_other_comes_to_nothing(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ben's call is answered by Ada's engine before she calls, and hers never gets to Ben."""
    send, receive = DirectCalls.place, DirectCalls.receive
    orders: list[asyncio.Task[object]] = []

    def receives(self: DirectCalls, record: CallState, invite: bytes, device: bytes) -> None:
        if record.account == ben.account:
            under(monkeypatch, LOW)
            orders.append(asyncio.create_task(ada.order(Call(ben.account))))
        receive(self, record, invite, device)

    def place(self: DirectCalls, record: CallState, devices: list[bytes]) -> None:
        if record.account == ada.account:
            send(self, record, devices)

    monkeypatch.setattr(DirectCalls, "place", place)
    monkeypatch.setattr(DirectCalls, "receive", receives)
    under(monkeypatch, HIGH)
    await ben.order(Call(ada.account))
    await until(lambda: any(one.given_up for one in ada.engine.calls.records.values()))
    assert (ada.phase, ada.call.direction) == ("setup", "outgoing")
    await ada.order(HangUp())
    await until(lambda: ada.phase == "ringing")
    await ada.order(Answer())
    await until(lambda: ada.phase == ben.phase == "active")


async def test_an_m3_that_the_service_held_back_ends_no_call_and_does_not_ring(
    here: Village, ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[Send] = []
    send = Router.send

    async def holding(router: Router, sender: ClientSession, message: Send) -> None:
        if peek(message.payload).type is MessageType.M3 and message.to_account == ben.account:
            held.append(message)
        else:
            await send(router, sender, message)

    monkeypatch.setattr(Router, "send", holding)
    await ada.order(Call(ben.account))
    await until(lambda: held)
    await ada.order(HangUp())
    async with a_call(ben, ada):
        first = held[0]
        here.say(ben, Deliver(first.call, 9, ada.account, ada.device, first.payload))
        await until(lambda: any(one.given_up for one in ben.engine.calls.records.values()))
        await ben.hears_more()
        await ada.hears_more()
        assert (ben.phase, ben.call.direction) == ("active", "outgoing")


async def test_another_device_takes_the_place_of_one_that_rings(
    here: Village, ada: Resident, ben: Resident
) -> None:
    phone = await here.device(ada, "phone")
    await ada.order(Call(ben.account))
    await until(lambda: ben.phase == "ringing")
    await ben.order(SetPresence("do_not_disturb"))  # holds for those who call from now on
    first = ben.call.id
    await phone.order(Call(ben.account))
    await until(lambda: ben.call.id != first)
    assert await refused(ben, Answer(call=first)) == ("wrong_state", "N_CALL_OVER")
    await until(lambda: ada.phase == "ended")
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.code == "R_BUSY"
    await ben.order(Answer())
    await until(lambda: phone.phase == ben.phase == "active")
    assert ends(ben) == [("incoming", "R_REPLACED")]
    assert ben.notices == []


async def test_a_call_that_nobody_has_proven_is_over_without_a_sound(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "LINGER", 0.5)
    heard: list[None] = []
    send, records = Router.send, ben.engine.calls.records

    async def holding(router: Router, sender: ClientSession, message: Send) -> None:
        if peek(message.payload).type is not MessageType.M3:
            await send(router, sender, message)

    monkeypatch.setattr(Router, "send", holding)
    monkeypatch.setattr(ben.engine.sound, "play_ended", lambda: heard.append(None))
    await ada.order(Call(ben.account))
    await until(lambda: records)
    await ada.order(HangUp())
    await until(lambda: not records)
    assert heard == []
    assert ben.snapshot.calls == ()
