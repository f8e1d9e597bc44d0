"""What standard calls report, and what follows from it here."""

from collections.abc import Callable

from tui_call.calls.effects import Ended
from tui_call.calls.path_monitor import LOST_AFTER, PathEvent, PathRecovered, PathSuspect
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.focus import CallFocus
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.service.membership import ServiceMembership
from tui_call.identifiers import AccountId
from tui_call.permissions.gate import Phase
from tui_call.sentences import Sentence, sentence
from tui_call.tasks import Tasks
from tui_call.voice.coding import Coding


class StandardReports:
    """Takes the reports of every standard call; implements `StandardObserver`."""

    def __init__(
        self,
        calls: CallList,
        manager: CallManager,
        call_log: CallLog,
        membership: ServiceMembership,
        focus: CallFocus,
        tasks: Tasks,
    ) -> None:
        self._calls = calls
        self._manager = manager
        self._log = call_log
        self._membership = membership
        self._focus = focus
        self._tasks = tasks
        self._listeners: list[Callable[[CallState], None]] = []

    def listen(self, told: Callable[[CallState], None]) -> None:
        """Tell of each change of a call, and of its end."""
        self._listeners.append(told)

    def _tell(self, record: CallState) -> None:
        for told in self._listeners:
            told(record)

    def call_told(self, record: CallState, before: Phase) -> None:
        """Show the call as it is now."""
        rings = Phase.RINGING in (before, record.phase) and before is not record.phase
        if rings and record is self._calls.front:
            self._focus.follow()
            self._focus.ring()
        self._focus.set_microphone()
        self._tell(record)
        self._log.show()

    def with_others(self, record: CallState, account: AccountId) -> None:
        """Know the call by somebody who is in it."""
        self._manager.move(record, record.id, account)

    def sound_begins(self, record: CallState) -> None:
        """Let people speak."""
        self._tasks.spawn(self._focus.join(record))

    def path_event(self, record: CallState, event: PathEvent) -> None:
        """Say when the sound stops and comes back."""
        if isinstance(event, PathSuspect):
            record.tell(sentence("G_RECONNECT_STANDARD", n=round(LOST_AFTER)))
            self._membership.doubt()
        elif isinstance(event, PathRecovered):
            record.tell(sentence("G_BACK_STANDARD", n=f"{event.silence:.1f}"))
        self._log.show()

    def coding_changed(self, record: CallState, coding: Coding) -> None:
        """Encode in another way."""
        self._focus.encode_as(record, coding)

    def call_ended(self, record: CallState, end: Ended, words: Sentence | None) -> None:
        """Let go of the sound, and write the call down."""
        self._manager.finish(record, end, words)
        self._tell(record)
