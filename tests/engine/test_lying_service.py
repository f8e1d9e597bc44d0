"""An engine whose service says what it likes: malformed, invented, misdirected, far too much."""

import json
import secrets
import time
from typing import Any

import pytest

from tests.support.one_process import (
    Raw,
    Resident,
    Village,
    a_call,
    everything_was_read,
    until,
)
from tui_call.calls.admission_limits import (
    MOST_A_MINUTE,
    MOST_A_MINUTE_OF_ONE,
    MOST_HALF_OPEN,
)
from tui_call.e2ee.handshake import CallerHandshake
from tui_call.e2ee.messages import MessageType, peek
from tui_call.engine.directory import MOST_PEOPLE
from tui_call.engine.entropy import SystemEntropy
from tui_call.identifiers import AccountId, parse_account_id
from tui_call.profile.history import MOST_CALLS
from tui_call.profile.identity import Identity
from tui_call.signaling.messages import (
    MESSAGE_BYTES,
    Acknowledged,
    Challenge,
    Deliver,
    Done,
    Failed,
    InviteCreated,
    MissedCall,
    NameChanged,
    People,
    Person,
    PersonChanged,
    Policy,
    PolicyChanged,
    Send,
    SettingChanged,
    Undeliverable,
    Welcome,
    encode,
)
from tui_call.signaling.vocabulary import Device

CALL = "ab" * 16
DEVICE = "cd" * 16
STRANGER = "mallory@elsewhere"
HOSTILE = "\x1b[31mred\x1b]0;title\x07 \u202egro.live [@click=app.quit]" + "A" * 10_000
NO_ADDRESSES = ("", "ada", "A B@home", "\x1b[31m@home", "a" * 70 + "@home", "ada@home@home")


def deliver(**changes: Any) -> dict[str, Any]:
    """Return the JSON of a message for an engine."""
    message = {
        "type": "deliver", "call": CALL, "sequence": 0, "from_account": STRANGER,
        "from_device": DEVICE, "payload": "AAAA",
    }  # fmt: skip
    return {**message, **changes}


MALFORMED = [
    "", "null", "[]", "{}", "\x00", "not json", '{"type":"deliver"}', '{"type":"no_such"}',
    '{"type":', "[" * 30_000, "9" * 30_000,
    *(json.dumps(deliver(**change)) for change in (
        {"call": 7}, {"sequence": "one"}, {"sequence": 2**70}, {"payload": "not base64!"},
        {"payload": None}, {"from_account": []},
    )),
    json.dumps(deliver(payload="A" * (MESSAGE_BYTES + 4))),
]  # fmt: skip
UNREADABLE = [
    {"call": "zz" * 16}, {"call": CALL.upper()}, {"call": CALL[:-1]}, {"from_device": ""},
    {"from_device": "xyz"}, *({"from_account": address} for address in NO_ADDRESSES),
    {"sequence": -1}, {"payload": ""}, {"payload": "AQ=="}, {"payload": "A" * 60_000},
]  # fmt: skip


def header(kind: int, call: str = CALL, *, leg: int = 0, version: int = 1) -> bytes:
    return bytes([version, kind]) + b"\0\1" + bytes.fromhex(call) + bytes([leg])


def invite(of: AccountId, to: Resident, *, device: bytes | None = None) -> tuple[str, bytes]:
    """Return call id and M1 of a caller that exists."""
    identity = Identity.create(secrets.token_bytes)
    handshake = CallerHandshake(
        identity.local_identity(of, time.time()),
        to_account=parse_account_id(to.account),
        to_device=device or bytes.fromhex(to.device),
        call_id=secrets.token_bytes(16),
        leg=0,
        entropy=SystemEntropy(),
    )
    return handshake.call_id.hex(), handshake.invite


def answers(here: Village, to: str = "") -> list[Send]:
    """Return what engines have sent to other devices of an account."""
    return [one for one in here.gateway.of(Send) if not to or one.to_account == to]


def name_of(ada: Resident, account: str) -> str:
    return ada.engine.people.name_of(account)


async def test_malformed_and_unreadable_messages_are_dropped(here: Village) -> None:
    ada = await here.resident("ada")
    here.say(ada, *map(Raw, MALFORMED))
    here.say(ada, *(Raw(json.dumps(deliver(**change))) for change in UNREADABLE))
    await everything_was_read(ada)
    assert ada.snapshot.service.state == "online"
    assert ada.engine.calls.records == {}
    assert answers(here) == []
    assert "traceback" not in here.log
    assert "not handled" not in here.log


async def test_a_frame_beyond_all_limits_costs_the_connection_and_no_more(here: Village) -> None:
    ada, ben = await here.resident("ada"), await here.resident("ben")
    async with a_call(ada, ben):
        here.say(ada, Raw("x" * (3 * MESSAGE_BYTES)))
        await until(lambda: ada.snapshot.service.state == "away")
        await ada.hears_more()
        await until(lambda: ada.snapshot.service.state == "online")
    assert "traceback" not in here.log


@pytest.mark.parametrize("kind", [0, *MessageType, 7, 255])
async def test_messages_of_calls_that_are_none(here: Village, kind: int) -> None:
    ada, ben = await here.resident("ada"), await here.resident("ben")
    lengths = (0, 1, 96, 1394, 4112, 8208, 16_400)
    for tail in lengths:
        call = secrets.token_hex(16)
        payload = header(kind, call) + secrets.token_bytes(tail)
        here.say(ada, Deliver(call, 0, ben.account, ben.device, payload))
        here.say(ada, Deliver(call, 1, ben.account, ben.device, header(kind, call, version=9)))
        here.say(ada, Deliver(CALL, 2, ben.account, ben.device, payload))
    await everything_was_read(ada)
    assert ada.phase == ""
    assert ada.notices == []
    assert "traceback" not in here.log
    assert "not handled" not in here.log


async def test_messages_into_a_call_from_somebody_else_do_not_touch_it(here: Village) -> None:
    ada, ben = await here.resident("ada"), await here.resident("ben")
    async with a_call(ada, ben):
        call = ada.call.id
        for sender, device in (
            (ben.account, ben.device), (STRANGER, ben.device), (ben.account, DEVICE),
            (ada.account, ada.device),
        ):  # fmt: skip
            for kind in MessageType:
                for leg in (0, 3):
                    payload = header(kind, call, leg=leg) + secrets.token_bytes(280)
                    here.say(ada, Deliver(call, 9, sender, device, payload))
            here.say(ada, Undeliverable(call, 1, sender, device, "offline"))
            here.say(ada, Acknowledged(call, 2**40, sender, device))
        for again in answers(here, ada.account):
            here.say(ada, Deliver(again.call, 77, ben.account, ben.device, again.payload))
        await everything_was_read(ada)
        await ada.hears_more()
        await ben.hears_more()
        assert (ada.phase, ben.phase) == ("active", "active")
    assert "traceback" not in here.log


async def test_an_invite_for_another_account_or_in_anothers_name_gets_silence(
    here: Village,
) -> None:
    ada, ben = await here.resident("ada"), await here.resident("ben")
    home = ada.account.partition("@")[2]
    mallory = parse_account_id(f"mallory@{home}")
    claimed, first = invite(parse_account_id(ben.account), ada)
    misdirected, second = invite(mallory, ben)
    elsewhere, third = invite(mallory, ada, device=bytes(16))
    stranger, fourth = invite(parse_account_id(STRANGER), ada)
    here.say(ada, Deliver(claimed, 0, mallory, DEVICE, first))
    here.say(ada, Deliver(misdirected, 0, mallory, DEVICE, second))
    here.say(ada, Deliver(elsewhere, 0, mallory, DEVICE, third))
    here.say(ada, Deliver(stranger, 0, STRANGER, DEVICE, fourth))
    await everything_was_read(ada)
    assert answers(here) == []
    assert ada.phase == ""
    assert ada.notices == ["R_UNKNOWN"]  # of the stranger, whose invites are not answered
    assert "traceback" not in here.log


async def test_a_hundred_invites_in_a_minute_are_answered_within_limits(here: Village) -> None:
    ada, ben = await here.resident("ada"), await here.resident("ben")
    home = ada.account.partition("@")[2]
    for number in range(100):
        account = parse_account_id(f"caller{number % 20}@{home}")
        call, payload = invite(account, ada)
        here.say(ada, Deliver(call, 0, account, secrets.token_hex(16), payload))
    await everything_was_read(ada)
    per_account = {f"caller{number}@{home}": 0 for number in range(20)}
    for answer in answers(here):
        per_account[answer.to_account] += 1
    first_answers = {(answer.call, answer.to_account) for answer in answers(here)}
    assert 1 <= len(first_answers) <= min(MOST_HALF_OPEN, MOST_A_MINUTE)
    assert len({account for _, account in first_answers}) == len(first_answers), "one live leg each"
    assert max(per_account.values()) <= MOST_A_MINUTE_OF_ONE
    assert ada.phase == ""
    assert "traceback" not in here.log
    async with a_call(ada, ben):  # who is flooded can still call
        await ada.hears_more()


async def test_what_a_later_service_may_say_is_ignored(
    here: Village, ada: Resident, ben: Resident
) -> None:
    here.say(ada, Raw('{"type": "weather", "rain": true}'), NameChanged("Ada King"))
    await until(lambda: ada.snapshot.me.name == "Ada King")
    assert "malformed" not in here.log


async def test_news_that_nobody_asked_for(here: Village) -> None:
    ada, ben = await here.resident("ada"), await here.resident("ben")
    policy = Policy(HOSTILE, "group", "user_choice", group=HOSTILE, rank=-3)
    device = Device("not hex", HOSTILE, online=True)
    hostile = [Person(address, HOSTILE, "free", (device,)) for address in NO_ADDRESSES]
    here.say(
        ada,
        Challenge(99, HOSTILE, HOSTILE, b""),
        Done(12345),
        Done(-1),
        InviteCreated(5, HOSTILE, -1),
        Failed("unavailable", HOSTILE),
        Failed("rate", HOSTILE, 99),
        People(77, tuple(hostile)),
        *(Raw(encode(PersonChanged(person))) for person in hostile),  # each by itself
        PersonChanged(Person(ben.account, HOSTILE, "busy", (device,))),
        *(MissedCall(CALL, address, HOSTILE, 2**62) for address in (*NO_ADDRESSES, STRANGER)),
        MissedCall(CALL, STRANGER, HOSTILE, 2**33),
        Welcome(STRANGER, HOSTILE, "auditor", policy, "on", -5),
        PolicyChanged(policy),
        SettingChanged("on"),
        Undeliverable("zz", -1, "", "", "rate"),
        Acknowledged("", 0, "", ""),
    )
    await everything_was_read(ada)
    state = ada.snapshot
    shown = repr(state)  # which has these as escapes
    for character in (r"\x1b", r"\x07", r"\u202e", "A" * 200):
        assert character not in shown
    assert {person.account for person in state.people} <= {ben.account, f"echo@{STRANGER}"}
    assert state.me.account.startswith("ada@"), "a service does not rename a person"
    assert max(call.at for call in state.history) <= time.time(), "nor tell of calls to come"
    assert "traceback" not in here.log
    assert "not handled" not in here.log
    async with a_call(ada, ben):
        await ada.hears_more()


async def test_a_flood_of_news_stays_bounded_and_leaves_time_for_a_call(here: Village) -> None:
    ada, ben = await here.resident("ada"), await here.resident("ben")
    async with a_call(ada, ben):
        for last in (199, 399, 599):
            numbers = range(last - 199, last + 1)
            here.say(
                ada,
                *(MissedCall(CALL, f"caller{n}@home", "x", n * 1000) for n in numbers),
                *(PersonChanged(Person(f"person{n}@home", f"P. {n}", "free")) for n in numbers),
            )
            await until(lambda last=last: name_of(ada, f"person{last}@home") == f"P. {last}")
            await ada.hears_more()
            newest = AccountId(f"caller{last}@home")
            assert any(call.was_with(newest) for call in ada.history.calls)
        # How long a gap the flood makes is a matter of this computer; the call outlives it.
        assert ada.phase == ben.phase == "active"
    state = ada.snapshot
    assert len(state.people) <= MOST_PEOPLE
    assert len(state.history) <= MOST_CALLS
    assert "traceback" not in here.log


async def test_a_recorded_call_that_is_played_again_after_a_restart_does_not_ring(
    here: Village,
) -> None:
    """The engine remembers the ids of calls until it ends; afterwards the keys protect it."""
    ada, ben = await here.resident("ada"), await here.resident("ben")
    async with a_call(ada, ben):
        await ben.hears_more()
    recorded = answers(here, ben.account)
    first_answers = [one for one in answers(here, ada.account) if is_m2(one)]
    await ben.engine.close()
    ben = Resident(await here.engine("ben"))
    await until(lambda: ben.engine.rights.own.on)
    for one in recorded:
        here.say(ben, Deliver(one.call, one.sequence, ada.account, ada.device, one.payload))
    await everything_was_read(ben)

    later = [one for one in answers(here, ada.account) if is_m2(one)][len(first_answers) :]
    (again,) = {one.payload for one in later}  # said again, where nobody acknowledges it
    assert again not in {one.payload for one in first_answers}, "with keys of its own"
    (record,) = ben.engine.calls.records.values()
    await until(lambda: record.ended)  # the recorded M3 does not fit them
    assert not record.proven
    assert (ben.phase, ben.notices) == ("", [])
    assert [past.direction for past in ben.snapshot.history] == ["incoming"]
    assert "traceback" not in here.log


def is_m2(sent: Send) -> bool:
    return peek(sent.payload).type is MessageType.M2
