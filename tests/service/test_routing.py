"""Sealed messages from device to device: all the service does with them is to pass them on."""

import base64
import json
import os
from pathlib import Path

import pytest

from tests.support.callers import call_town, new_id
from tests.support.logs import logging_to
from tests.support.members import CALL, Clock, Member, Town, forms
from tests.support.members import town as run_town
from tui_call.service import missed_calls, outgoing
from tui_call.service.limits import Limits, Rate
from tui_call.signaling.messages import (
    Acknowledge,
    Acknowledged,
    AcknowledgeMissedCall,
    Deliver,
    Done,
    Failed,
    LeaveMissedCall,
    Lookup,
    MissedCall,
    People,
    Send,
    Undeliverable,
    encode,
)


def sealed(receiver: Member, sequence: int = 0, payload: bytes = b"sealed") -> Send:
    return Send(CALL, sequence, receiver.account, receiver.device, payload)


async def test_bytes_arrive_unchanged_and_the_acknowledgement_goes_back(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    for sequence, payload in enumerate((b"", b"\0\xff" * 20_000, b'{"type": "hello"}')):
        await ada.client.say(sealed(bob, sequence, payload))
        assert await bob.client.hear(Deliver) == Deliver(
            CALL, sequence, ada.account, ada.device, payload
        )
        await bob.client.say(Acknowledge(CALL, sequence, ada.account, ada.device))
        assert await ada.client.hear(Acknowledged) == Acknowledged(
            CALL, sequence, bob.account, bob.device
        )


async def test_nobody_can_send_in_another_name(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    own = {"from_account": "x@y", "from_device": "z"}
    forged = json.loads(encode(sealed(bob))) | own
    await ada.client.say(json.dumps(forged))
    delivered = await bob.client.hear(Deliver)
    assert (delivered.from_account, delivered.from_device) == (ada.account, ada.device)


async def test_what_cannot_be_delivered_comes_back_with_the_reason(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    cleo = await town.enrol("cleo")
    await town.leave(bob)
    for account, device, reason in (
        (bob.account, bob.device, "offline"),
        (bob.account, "00" * 16, "unknown"),
        ("zoe@nowhere", bob.device, "unknown"),
        (bob.account, cleo.device, "unknown"),
    ):
        await ada.client.say(Send(CALL, 3, account, device, b"sealed"))
        assert await ada.client.hear(Undeliverable) == Undeliverable(
            CALL, 3, account, device, reason
        )
    await cleo.client.hears_nothing_more()


async def test_an_acknowledgement_for_nobody_is_dropped(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    await ada.client.say(Acknowledge(CALL, 0, ada.account, bob.device))
    await ada.client.say(Acknowledge(CALL, 0, "zoe@nowhere", "00" * 16))
    await ada.client.hears_nothing_more()
    await bob.client.hears_nothing_more()


async def test_what_others_send_takes_nothing_of_what_the_receiver_may_send(
    tmp_path: Path, clock: Clock
) -> None:
    limits = Limits(device=Rate(burst=8, per_second=0))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada, bob = await town.enrol("ada"), await town.enrol("bob")
        for number in range(8):
            await ada.client.say(sealed(bob, number))
            await bob.client.hear(Deliver)
            await bob.client.say(Acknowledge(CALL, number, ada.account, ada.device))
            await bob.client.say(sealed(ada, number))
            await ada.client.hear(Acknowledged)
            await ada.client.hear(Deliver)
        for _ in range(8):
            await bob.client.ask(lambda number: Lookup(number, ada.account), People)
        failed = await bob.client.ask(lambda number: Lookup(number, ada.account), Failed)
        assert failed.code == "rate"


async def test_a_reply_that_cost_nothing_lets_nobody_reply_at_no_cost(
    tmp_path: Path, clock: Clock
) -> None:
    limits = Limits(device=Rate(burst=1, per_second=0))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada, bob = await town.enrol("ada"), await town.enrol("bob")
        await ada.client.say(sealed(bob))
        await bob.client.hear(Deliver)
        await bob.client.say(sealed(ada))
        await ada.client.hear(Deliver)
        await ada.client.say(sealed(bob, 1))
        assert (await ada.client.hear(Undeliverable)).reason == "rate"


async def test_a_sender_is_told_that_the_receiver_has_no_place_for_more(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    monkeypatch.setattr(outgoing, "MOST_POST_OF_ONE", 0)
    await ada.client.say(sealed(bob))
    assert (await ada.client.hear(Undeliverable)).reason == "crowded"
    monkeypatch.undo()
    await ada.client.say(sealed(bob))
    await bob.client.hear(Deliver)


async def test_however_many_called_in_vain_all_of_it_is_told_in_pages(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "MOST_ANSWERS", 8)
    monkeypatch.setattr(missed_calls, "PAGE", 4)
    bob = await town.enrol("bob")
    await town.leave(bob)
    left: set[tuple[str, str]] = set()
    for number in range(4):
        caller = await town.enrol(f"caller{number}")
        for call in (f"{number:016x}{one:016x}" for one in range(5)):
            await caller.client.say(LeaveMissedCall(0, call, bob.account))
            await caller.client.hear(Done)
            left.add((call, caller.account))
    bob = await town.log_in(bob.identity)
    told: list[tuple[str, str]] = []
    while len(told) < len(left):
        page = [await bob.client.hear(MissedCall) for _ in range(4)]
        await bob.client.hears_nothing_more()
        for missed in page:
            await bob.client.say(AcknowledgeMissedCall(missed.call, missed.from_account))
        told += [(missed.call, missed.from_account) for missed in page]
    assert sorted(told) == sorted(left)
    await bob.client.hears_nothing_more()


async def test_acknowledging_what_others_left_costs_nothing(tmp_path: Path, clock: Clock) -> None:
    limits = Limits(device=Rate(burst=5, per_second=0))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada, bob = await town.enrol("ada"), await town.enrol("bob")
        for number in range(5):
            await ada.client.say(LeaveMissedCall(0, f"{number:032x}", bob.account))
            missed = await bob.client.hear(MissedCall)
            await bob.client.say(AcknowledgeMissedCall(missed.call, ada.account))
        for _ in range(5):
            await bob.client.ask(lambda number: Lookup(number, ada.account), People)


async def test_word_left_costs_an_account_what_calls_do_with_whatever_device(
    tmp_path: Path, clock: Clock
) -> None:
    limits = Limits(calls=Rate(burst=3, per_second=1))
    async with call_town(tmp_path / "state", clock, limits=limits) as calls:
        ada, bob = await calls.callers("ada", "bob")
        other = await calls.second_device(ada)

        def word(number: int) -> LeaveMissedCall:
            return LeaveMissedCall(number, new_id(), bob.account)

        await ada.places(bob)
        for device in (ada, other):
            await device.member.client.ask(word, Done)
        for device in (ada, other):
            assert (await device.member.client.fails(word(9))).code == "rate"
        await bob.member.client.ask(lambda n: LeaveMissedCall(n, CALL, ada.account), Done)
        clock.now += 1
        await other.member.client.ask(word, Done)


async def test_missed_calls_come_at_once_and_again_until_acknowledged(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    await ada.client.say(LeaveMissedCall(0, CALL, bob.account))
    missed = MissedCall(CALL, ada.account, "Ada", int(town.clock()))
    assert await bob.client.hear(MissedCall) == missed
    await town.leave(bob)
    town.clock.now += 60
    bob = await town.log_in(bob.identity)
    assert await bob.client.hear(MissedCall) == missed
    await bob.client.say(AcknowledgeMissedCall(CALL, ada.account))
    await bob.client.hears_nothing_more()
    await town.leave(bob)
    bob = await town.log_in(bob.identity)
    await bob.client.hears_nothing_more()


async def test_missed_calls_of_one_caller_are_bounded_and_nobody_is_no_fault(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    cleo = await town.enrol("cleo")
    await town.leave(bob)
    await cleo.client.ask(lambda number: LeaveMissedCall(number, CALL, bob.account), Done)
    for number in range(8):
        town.clock.now += 1
        for _ in range(2):  # said again: still one call
            await ada.client.ask(
                lambda at, n=number: LeaveMissedCall(at, f"{n:032x}", bob.account), Done
            )
    refused = await ada.client.fails(LeaveMissedCall(99, CALL, "zoe@nowhere"))
    assert (refused.request, refused.detail) == (99, "There is no such account.")
    bob = await town.log_in(bob.identity)
    told = [await bob.client.hear(MissedCall) for _ in range(6)]
    assert [call.call for call in told] == [CALL, *(f"{n:032x}" for n in range(3, 8))]
    await bob.client.hears_nothing_more()


async def test_nothing_of_a_payload_or_a_code_is_in_database_or_log(
    tmp_path: Path,
) -> None:
    directory = tmp_path / "state"
    directory.mkdir()
    payload, offline = os.urandom(96), os.urandom(96)
    with logging_to(directory / "service.log"):
        async with run_town(directory) as town:
            code = town.local_invite().code
            ada, bob = await town.enrol("ada", code=code), await town.enrol("bob")
            await ada.client.say(sealed(bob, payload=payload))
            assert (await bob.client.hear(Deliver)).payload == payload
            await ada.client.say("{" + payload.hex())
            await town.leave(bob)
            await ada.client.say(sealed(bob, payload=offline))
            await ada.client.hear(Undeliverable)
            files = {path: path.read_bytes() for path in directory.iterdir()}
        files |= {path: path.read_bytes() for path in directory.iterdir()}
    kept = {path: content for path, content in files.items() if path.name != "local-invite"}
    assert {"service.db", "service.log"} <= {path.name for path in kept}
    assert any(ada.account.encode() in content for content in kept.values())
    for secret in (payload, offline, code.encode()):
        for form in forms(secret):
            assert [path.name for path, content in kept.items() if form in content] == []
    log = (directory / "service.log").read_bytes()
    assert b"device online" in log
    for private in (ada.account, ada.device, "127.0.0.1", "Ada"):
        assert private.encode() not in log


def test_the_search_finds_a_secret_in_each_form() -> None:
    secret = os.urandom(48)
    for before in (b"", b"x", b"xy"):
        for shown in (secret, secret.hex().encode(), base64.b64encode(before + secret + b"z")):
            assert any(form in b"{" + shown + b"}" for form in forms(secret))
