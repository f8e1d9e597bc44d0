"""What people say of keys: that codes match or differ, in a call and in person, and of new keys."""

import time

from tui_call.calls.events import CodesCompared
from tui_call.control.actions import AcceptKey, Compare
from tui_call.control.server import ActionRefused
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.gatekeeper import Gatekeeper
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.commands.addressed import addressed
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.engine.directory import KnownPeople
from tui_call.identifiers import AccountId, parse_account_id
from tui_call.permissions.gate import Capability
from tui_call.profile.contacts import OtherKeyOffered, Standing, UnknownKey
from tui_call.reasons import EndReason
from tui_call.sentences import sentence

IN_PERSON = "in person"


class KeyOrders:
    """Takes note of it, and lets calls know."""

    def __init__(
        self,
        account: OwnAccount,
        people: KnownPeople,
        calls: CallList,
        call_log: CallLog,
        manager: CallManager,
        gatekeeper: Gatekeeper,
    ) -> None:
        self._account = account
        self._people = people
        self._calls = calls
        self._call_log = call_log
        self._manager = manager
        self._gatekeeper = gatekeeper

    def compare(self, order: Compare) -> Result:
        """Take note of what comparing gave, in the call or in person.

        Raises:
            ActionRefused: there is nothing to compare now, with the sentence that says why.
            UnknownKey: the person's key is another one than was compared.
            NothingToUndo: it is too late for that.
        """
        if order.account:
            account = parse_account_id(order.account)
            self._judge(account, self._shown_key(account, order), order.verdict, IN_PERSON)
        else:
            account, key = self._of_call(order)
            self._judge(account, key, order.verdict, order.how)
        self._account.save(account)
        self._call_log.show()
        return NOTHING

    def accept_key(self, order: AcceptKey) -> Result:
        """Pin the new key that was shown, and no other.

        Raises:
            NothingToAccept: no key waits.
            ActionRefused: by now another key waits than was shown.
        """
        account = parse_account_id(order.account.strip().casefold())
        contacts = self._account.contacts
        offered = contacts.get(account).offered_key
        shown = _same(self._people.digits(account, offered), order.fingerprint)
        try:
            contacts.accept_key(account, offered if shown else b"", time.time())
        except OtherKeyOffered as error:
            raise ActionRefused("wrong_state", "G_KEY_AGAIN") from error
        self._account.save(account)
        return NOTHING

    def _of_call(self, order: Compare) -> tuple[AccountId, bytes]:
        """Return whose key the code of the call is about, and that key.

        "They match" counts only while people speak in it; that codes differ, as soon as there are
        any.
        """
        record = addressed(self._calls, order)
        if order.verdict == "match":
            self._gatekeeper.insist(Capability.COMPARE, record)
        peer = record.leg.peer if record and record.leg else None
        if record is None or peer is None or record.code is None:
            raise ActionRefused("wrong_state", "O_NO_CODE")
        if order.verdict != "undo" and not _same(record.code.digits, order.code):
            raise ActionRefused("wrong_state", "G_CODE_AGAIN")
        return peer.account_id, peer.identity_key

    def _judge(self, account: AccountId, key: bytes, verdict: str, how: str) -> None:
        contacts, now = self._account.contacts, time.time()
        match verdict:
            case "match":
                contacts.mark_compared(account, key, how, now)
            case "undo":
                contacts.undo_compared(account, now)
            case _:
                contacts.mark_differed(account, key, now)
        self._tell_calls(account)
        if verdict == "differ":
            self._manager.end_with(account, EndReason.CODES_DIFFER)

    def _tell_calls(self, account: AccountId) -> None:
        """Let the calls with an account know how well its key is known now."""
        contact = self._account.contacts.get(account)
        for record in self._calls.records.values():
            runner = self._calls.runner(record)
            if record.account != account or record.ended or runner is None:
                continue
            record.remember(contact, first=record.first)
            compared = contact.key_standing is Standing.COMPARED
            runner.post(CodesCompared(compared))
            self._calls.follow(record.id)  # the core reports nothing of it

    def _shown_key(self, account: AccountId, order: Compare) -> bytes:
        """Return the pinned key, if it is the one whose fingerprint was looked at."""
        contact = self._account.contacts.get(account)
        key = contact.identity_key
        if contact.offered_key and order.verdict != "undo":
            # What was compared may have been the new key: that one is accepted first, or left.
            words = sentence("G_KEY_ASK", peer=self._people.name_of(account))
            raise ActionRefused("wrong_state", words)
        if not _same(self._people.digits(account, key), order.fingerprint):
            raise UnknownKey
        return key


def _same(digits: str, shown: str) -> bool:
    return bool(digits) and digits.split() == shown.split()
