"""What people say of keys: that codes match or differ, in a call and in person, and of new keys."""

import time
from typing import TYPE_CHECKING

from tui_call.calls.events import CodesCompared
from tui_call.control.actions import AcceptKey, Compare
from tui_call.control.server import ActionRefused
from tui_call.engine.calls.gatekeeper import insist
from tui_call.engine.directory import digits_of
from tui_call.identifiers import AccountId, parse_account_id
from tui_call.permissions.gate import Capability
from tui_call.profile.contacts import OtherKeyOffered, Standing, UnknownKey
from tui_call.reasons import EndReason
from tui_call.sentences import sentence

if TYPE_CHECKING:
    from tui_call.engine.engine import Engine

IN_PERSON = "in person"


def compare(engine: "Engine", order: Compare) -> None:
    """Take note of what comparing gave, in the call or in person.

    Raises:
        ActionRefused: there is nothing to compare now, with the sentence that says why.
        UnknownKey: the person's key is another one than was compared.
        NothingToUndo: it is too late for that.
    """
    if order.account:
        account = parse_account_id(order.account)
        _judge(engine, account, _shown_key(engine, account, order), order.verdict, IN_PERSON)
    else:
        account, key = _of_call(engine, order)
        _judge(engine, account, key, order.verdict, order.how)
    engine.save()
    engine.show_call()


def accept_key(engine: "Engine", order: AcceptKey) -> None:
    """Pin the new key that was shown, and no other.

    Raises:
        NothingToAccept: no key waits.
        ActionRefused: by now another key waits than was shown.
    """
    account = parse_account_id(order.account.strip().casefold())
    offered = engine.contacts.get(account).offered_key
    shown = _same(_digits(engine, account, offered), order.fingerprint)
    try:
        engine.contacts.accept_key(account, offered if shown else b"", time.time())
    except OtherKeyOffered as error:
        raise ActionRefused("wrong_state", sentence=sentence("G_KEY_AGAIN")) from error
    engine.save()


def _of_call(engine: "Engine", order: Compare) -> tuple[AccountId, bytes]:
    """Return whose key the code of the call is about, and that key.

    "They match" counts only while people speak in it; that codes differ, as soon as there are any.
    """
    record = engine.calls.current
    if order.verdict == "match":
        insist(Capability.COMPARE, record, engine.own, engine.presentation.platform_facts())
    peer = record.active.core.peer if record and record.active else None
    if record is None or peer is None or record.code is None:
        raise ActionRefused("wrong_state", "There is no code to compare.")
    if order.verdict != "undo" and not _same(record.code.digits, order.code):
        raise ActionRefused("wrong_state", sentence=sentence("G_CODE_AGAIN"))
    return peer.account_id, peer.identity_key


def _judge(engine: "Engine", account: AccountId, key: bytes, verdict: str, how: str) -> None:
    contacts, now = engine.contacts, time.time()
    match verdict:
        case "match":
            contacts.mark_compared(account, key, how, now)
        case "undo":
            contacts.undo_compared(account, now)
        case _:
            contacts.mark_differed(account, key, now)
    _tell_calls(engine, account)
    if verdict == "differ":
        engine.switchboard.end_with(account, EndReason.CODES_DIFFER)


def _tell_calls(engine: "Engine", account: AccountId) -> None:
    """Let the calls with an account know how well its key is known now."""
    contact = engine.contacts.get(account)
    for record in engine.calls.records.values():
        if record.account != account or record.ended or record.call is None:
            continue
        record.remember(contact, first=record.first)
        compared = contact.key_standing is Standing.COMPARED
        record.call.post(CodesCompared(compared))


def _shown_key(engine: "Engine", account: AccountId, order: Compare) -> bytes:
    """Return the pinned key, if it is the one whose fingerprint was looked at."""
    contact = engine.contacts.get(account)
    key = contact.identity_key
    if contact.offered_key and order.verdict == "match":
        # What was compared may have been the new key; that one has to be accepted first.
        raise ActionRefused(
            "wrong_state", sentence=sentence("G_KEY_ASK", peer=engine.name_of(account))
        )
    if not _same(_digits(engine, account, key), order.fingerprint):
        raise UnknownKey
    return key


def _digits(engine: "Engine", account: AccountId, key: bytes) -> str:
    if engine.joined is None:
        raise ActionRefused("wrong_state", "Set up tui-call first.")
    return digits_of(key, account, engine.joined.account, engine.profile.identity.identity_key)


def _same(digits: str, shown: str) -> bool:
    return bool(digits) and digits.split() == shown.split()
