"""Going on E2EE: an E2EE call takes the place of a standard call of two people.

It is a call like any other, with a handshake of its own, but the device at the other end shows it
as a question in the standard call, and does not ring. Until it is secure at an end, that end goes
on in the standard call. Nothing of it is shown where it comes to nothing.
"""

import asyncio

from tui_call.calls.effects import Ended
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.ends import peer_at_end
from tui_call.engine.calls.manager import CallManager
from tui_call.identifiers import organisation_of
from tui_call.permissions.explain import Names, explain_peer
from tui_call.permissions.gate import Phase
from tui_call.reasons import EndReason
from tui_call.sentences import sentence
from tui_call.tasks import Tasks

BOTH_SECURE_WITHIN = 2.0
"""Seconds by which the E2EE call is secure at both ends that is at one, and by which the standard
call outlives that."""


class GoingE2EE:
    """Knows which E2EE call is to take the place of which standard call."""

    def __init__(
        self,
        calls: CallList,
        manager: CallManager,
        configuration: Configuration,
        call_log: CallLog,
        tasks: Tasks,
    ) -> None:
        self._calls = calls
        self._manager = manager
        self._configuration = configuration
        self._log = call_log
        self._tasks = tasks
        self._new: dict[bytes, CallState] = {}  # the E2EE call, by the id of the standard one

    # What people say

    def begin(self, record: CallState, new: CallState) -> None:
        """Take in an E2EE call that is to be placed for a standard one."""
        self._take_in(record, new)
        self._calls.add(new)
        record.question, record.asks = sentence("G_ENTER_WAIT", peer=record.name), True
        self._log.show()

    def take_back(self, new: CallState) -> None:
        """Leave the standard call as it was, for which an E2EE call could not be placed."""
        record = self._standard_of(new)
        if record is not None:
            del self._new[record.id]
            record.question, record.asks = None, False
        self._manager.end(new, EndReason.HUNG_UP)
        self._log.show()

    def consent(self, record: CallState, *, yes: bool) -> bool:
        """Take the answer to a question of going on E2EE; False where another one was asked."""
        new = self._new.get(record.id)
        if new is None:
            return False
        if record.asks:
            if not yes:
                self._manager.end(new, EndReason.HUNG_UP)
        elif yes:
            self._answer(record, new)
        else:
            self._manager.end(new, EndReason.DECLINED)
        self._log.show()
        return True

    def _answer(self, record: CallState, new: CallState) -> None:
        record.question, record.asks = None, False
        new.answered = True
        owner = self._calls.owner(new)
        assert owner is not None, "what rings has begun"
        owner.answer()

    # What the calls report

    def offered(self, new: CallState) -> bool:
        """Ask about an E2EE call with the only other person of a standard call; else False."""
        record = self._standard_with(new.account)
        if record is None:
            return False
        own = self._new.get(record.id)
        if own is not None and (own.answered or own.id < new.id):
            self._manager.end(new, EndReason.DECLINED)  # both asked, and the other one goes on
            return True
        self._take_in(record, new)
        if own is not None:
            self._manager.end(own, EndReason.HUNG_UP)
        if own is not None or self._configuration.current.engine.answer == "everything":
            self._answer(record, new)
        else:
            record.question, record.asks = sentence("G_ENTER_ASKED", peer=record.name), False
        return True

    def secured(self, new: CallState) -> None:
        """Put the E2EE call where the standard one was, and leave that."""
        record = self._standard_of(new)
        if record is None:
            return
        del self._new[record.id]
        new.given_up, record.went_e2ee = False, True
        new.on_hold = record.on_hold
        self._manager.take_place(new, record)
        self._manager.mute(new, record.muted)
        owner = self._calls.owner(new)
        if owner is not None and new.on_hold:
            owner.hold(on=True)
        new.tell(sentence("G_ENTER"))
        self._tasks.spawn(self._leave(record))

    async def _leave(self, record: CallState) -> None:
        """Hang the standard call up, in which nobody speaks any more."""
        await asyncio.sleep(BOTH_SECURE_WITHIN)
        self._manager.end(record, EndReason.HUNG_UP)

    def ended(self, new: CallState, end: Ended) -> bool:
        """Say in the standard call that it stays one; False for a call that was to be none's."""
        record = self._standard_of(new)
        if record is None:
            return False
        del self._new[record.id]
        record.question, record.asks = None, False
        peer = peer_at_end(end)
        if peer is not None and peer.off is not None:
            record.tell(explain_peer(peer.off, Names(record.name, organisation_of(record.account))))
        taken_back = end.reason is EndReason.HUNG_UP and not end.by_peer
        record.tell(sentence("G_ENTER_NO", "taken back" if taken_back else "kind"))
        return True

    def told(self, record: CallState) -> None:
        """Give the E2EE call up where the standard one is over, or is not of two any more."""
        new = self._new.get(record.id)
        if new is not None and (record.ended or self._standard_with(new.account) is not record):
            self._manager.end(new, EndReason.HUNG_UP)

    # Inside

    def _take_in(self, record: CallState, new: CallState) -> None:
        new.given_up = True
        self._new[record.id] = new

    def _standard_of(self, new: CallState) -> CallState | None:
        found = [call_id for call_id, one in self._new.items() if one is new]
        return self._calls.records.get(found[0]) if found else None

    def _standard_with(self, account: str) -> CallState | None:
        """Return the standard call in which somebody is the only other one."""
        for record in self._calls.on:
            standard = record.standard
            if standard is None or record.phase is not Phase.ACTIVE:
                continue
            if {one.account for one in standard.others} == {account}:
                return record
        return None
