"""What becomes known of calls outside of them: on screens, in the history, at the service."""

import time

from tui_call.calls.admission_limits import AdmissionLimits
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.leaving_word import leave_word
from tui_call.engine.calls.past_calls import write_down
from tui_call.engine.changes import Changes
from tui_call.engine.notices import Notices
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.own_presence import OwnPresence
from tui_call.foreign_text import clean
from tui_call.identifiers import AccountId
from tui_call.profile.history import PastCall, PastMember
from tui_call.reasons import LEAVES_WORD, EndReason
from tui_call.sentences import Sentence, sentence
from tui_call.tasks import Tasks

_MISSED = (
    EndReason.CANCELLED,
    EndReason.NO_ANSWER,
    EndReason.BUSY,
    EndReason.DO_NOT_DISTURB,
)
_SAME_CALL_SECONDS = 120
"""A missed call that the service tells of is the one that rang here, if it is so near."""


class CallLog:
    """Shows calls while they are on, and writes them down."""

    def __init__(
        self,
        calls: CallList,
        account: OwnAccount,
        limits: AdmissionLimits,
        membership: ServiceMembership,
        presence: OwnPresence,
        changes: Changes,
        notices: Notices,
        tasks: Tasks,
    ) -> None:
        self._calls = calls
        self._account = account
        self._limits = limits
        self._membership = membership
        self._presence = presence
        self._changes = changes
        self._notices = notices
        self._tasks = tasks

    def show(self) -> None:
        """Show the calls that there are, and be busy while one is on."""
        begun = [record for record in self._calls.on if write_down(self._account.history, record)]
        if begun:
            calls = [record.past_call(None) for record in begun]
            self._account.save(*(account for call in calls for account in call.accounts))
        self._changes.show("calls")
        self._presence.tell()

    def over(self, record: CallState, reason: EndReason, words: Sentence) -> None:
        """Write the call down, and leave word of it where it was missed."""
        incoming = record.direction == "incoming"
        if incoming and not record.proven:
            self._not_proven(reason)
            return
        if record.is_no_call:
            return
        missed = incoming and not record.answered and reason in _MISSED
        if missed and self._account.contacts.get(record.account).blocked:
            return
        past = record.past_call(reason, missed=missed)
        self._account.history.add(past)
        if record.direction == "outgoing" and reason in LEAVES_WORD:
            self._tasks.spawn(leave_word(self._membership, record, self.show))
        if missed and record is not self._calls.current:
            self._notices.add(words)
        self._account.save(*past.accounts)
        self._changes.show("history")

    def goes_on(self, record: CallState) -> None:
        """Keep nothing of a call whose people are in another one, which tells of it."""
        self._account.save(*self._account.history.forget(record.account, record.began))
        self._changes.show("history")

    def _not_proven(self, reason: EndReason) -> None:
        """Count a call that came in and ended before anybody was proven; a few are worth a line."""
        if reason is EndReason.KEY_CHANGED:
            return  # somebody was proven, and warned of
        number = self._limits.abandoned(time.monotonic())
        if number:
            self._notices.add(sentence("R_ABANDONED", "callee", n=number))

    def missed_elsewhere(self, account: AccountId, name: str, at: float) -> None:
        """Note a call of which only the service says that it was tried.

        Args:
            account: who called, as the service says.
            name: the caller's, as the service says.
            at: Unix seconds.
        """
        if self._account.contacts.get(account).blocked:
            return
        at = min(at, time.time())  # one of the future would stand above all others
        if any(
            call.was_with(account) and abs(call.at - at) < _SAME_CALL_SECONDS
            for call in self._account.history.calls
        ):
            return
        self._account.history.add(
            PastCall(
                at=at,
                members=(PastMember(account, clean(name)),),
                direction="missed",
                seconds=0,
                end_reason=EndReason.CANCELLED.value,
                unseen=True,
            )
        )
        self._account.save(account)
        self._changes.show("history")
