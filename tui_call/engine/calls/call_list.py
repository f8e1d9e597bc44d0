"""Which calls there are, and which one the person has."""

from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.runner import CallRunner
from tui_call.identifiers import AccountId


class CallList:
    """Every call of this engine by its id.

    Attributes:
        current: the one that a screen shows, on or just over; None without one.
        records: what is known of each, by the 16 bytes of its id.
    """

    def __init__(self) -> None:
        self.current: CallState | None = None
        self.records: dict[bytes, CallState] = {}
        self._begun = 0

    @property
    def busy(self) -> bool:
        """Whether a call is on that a person knows of."""
        return self.current is not None and not self.current.ended

    @property
    def on(self) -> CallState | None:
        """The call that the person has, None without one."""
        return self.current if self.busy else None

    @property
    def runners(self) -> list[CallRunner]:
        """The owners of those that have begun."""
        return [record.call for record in self.records.values() if record.call is not None]

    def add(self, record: CallState) -> None:
        """Take a call in; it comes after all that were before."""
        record.order = self._begun = self._begun + 1
        self.records[record.id] = record

    def with_account(self, account: AccountId) -> list[CallState]:
        """Return the calls with somebody that are not over, those that wait for proof too."""
        return [
            record
            for record in self.records.values()
            if record.account == account and not record.ended
        ]
