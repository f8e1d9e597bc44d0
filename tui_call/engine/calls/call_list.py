"""Which calls there are, how they stand beside each other, and who owns each."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from tui_call.calls.concurrent import ConcurrentCalls
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.leg import Leg
from tui_call.engine.calls.owner import CallOwner, VoiceLeg
from tui_call.engine.calls.runner import CallRunner
from tui_call.identifiers import AccountId


class Place(StrEnum):
    """Where a call stands among those that a person knows of."""

    FRONT = "front"
    HELD = "held"
    WAITING = "waiting"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A call that a person knows of, and where it stands."""

    record: CallState
    place: Place


class CallList:
    """Every call of this engine by its id.

    Attributes:
        at_hand: those that the person knows of, and how they stand beside each other.
        records: what is known of each, those that nobody has proven yet among them, by the 16
            bytes of the id; of those that are over, for some seconds.
        over: the last one that ended, until it is dismissed or another one comes to the front.
    """

    def __init__(self) -> None:
        self.at_hand = ConcurrentCalls()
        self.records: dict[bytes, CallState] = {}
        self.over: CallState | None = None
        self._owners: dict[bytes, CallOwner] = {}
        self._runners: dict[bytes, CallRunner] = {}  # of those that are E2EE
        self._parted: list[CallOwner] = []  # whose call is forgotten, and that are not over yet
        self._begun = 0

    @property
    def front(self) -> CallState | None:
        """The call on which the keys of the person act, None without one."""
        call_id = self.at_hand.front
        return None if call_id is None else self.records[call_id]

    @property
    def current(self) -> CallState | None:
        """The call that a screen shows whole: the one in front, else the one just over."""
        return self.front or self.over

    @property
    def past(self) -> Collection[bytes]:
        """The ids of those that the person knew of, which are over or gave their place away."""
        return self.at_hand.past

    @property
    def busy(self) -> bool:
        """Whether there is a call that the person knows of."""
        return bool(self.at_hand.ids)

    @property
    def on(self) -> tuple[CallState, ...]:
        """The calls that were placed or answered, the one in front first."""
        return tuple(self.records[call.id] for call in self.at_hand.on)

    @property
    def listed(self) -> tuple[ListedCall, ...]:
        """All calls that the person knows of: in front, held, waiting, over."""
        return tuple(self._list())

    def _list(self) -> Iterator[ListedCall]:
        for number, call_id in enumerate(self.at_hand.ids):
            behind = Place.WAITING if call_id in self.at_hand.asking else Place.HELD
            yield ListedCall(self.records[call_id], behind if number else Place.FRONT)
        if self.over is not None:
            yield ListedCall(self.over, Place.OVER if self.busy else Place.FRONT)

    def place_of(self, record: CallState) -> Place | None:
        """Return where a call stands, None where the person does not know of it."""
        return next((one.place for one in self.listed if one.record is record), None)

    @property
    def owners(self) -> tuple[CallOwner, ...]:
        """The owners of those that have begun, with those who have to end yet.

        These are of E2EE calls that are being left, and of calls whose id is another one's by now.
        """
        left = (one for one in self._runners.values() if self._owners.get(one.id) is not one)
        return (*self._owners.values(), *left, *self._parted)

    def owner(self, record: CallState) -> CallOwner | None:
        """Return the owner of a call, None before it has begun and after it is forgotten."""
        return self._owners.get(record.id)

    def voice(self, record: CallState) -> VoiceLeg | None:
        """Return the sound of a call, None where it has no owner."""
        owner = self.owner(record)
        return owner.voice if owner is not None else None

    def runner(self, record: CallState) -> CallRunner | None:
        """Return the owner of an E2EE call, None where it has none or is of another kind."""
        return self._runners.get(record.id)

    def leg(self, record: CallState) -> Leg | None:
        """Return the leg that stands for an E2EE call now."""
        runner = self.runner(record)
        return runner.foremost if runner is not None else None

    def add(self, record: CallState) -> None:
        """Take a call in; it comes after all that were before."""
        record.order = self._begun = self._begun + 1
        self.records[record.id] = record

    def begun(self, runner: CallRunner) -> None:
        """Take in the owner of an E2EE call that begins."""
        self._owners[runner.id] = self._runners[runner.id] = runner
        self.follow(runner.id)

    def own(self, owner: CallOwner, *, leaves: bool = False) -> None:
        """Take in the owner of a call of another kind, in place of one that it had.

        Args:
            owner: of the call from now on.
            leaves: the one that it had has to say its last words yet.
        """
        self._owners[owner.id] = owner
        if not leaves:
            self._runners.pop(owner.id, None)
        self.follow(owner.id)

    def left(self, record: CallState) -> None:
        """Forget the E2EE call that was left for a standard one, once it has said all."""
        runner = self.runner(record)
        if record.standard is not None and runner is not None and runner.over:
            del self._runners[record.id]

    def follow(self, call_id: bytes) -> CallState:
        """Note how the leg stands that stands for a call now, and return the call."""
        record = self.records[call_id]
        leg = self.leg(record)
        record.leg = leg.facts if leg is not None else None
        return record

    def rename(self, record: CallState, call_id: bytes) -> None:
        """Know a call by another id from now on."""
        owner, left = self._owners.pop(record.id), self._runners.pop(record.id, None)
        self._part_with(call_id)
        self.records[call_id] = self.records.pop(record.id)
        self._owners[call_id] = owner
        if left is not None:
            self._runners[call_id] = left
        if call_id != record.id:
            record.goes_on_from(record)
        record.id = call_id

    def forget(self, call_id: bytes) -> None:
        """Keep nothing of a call."""
        self._part_with(call_id)
        self.records.pop(call_id, None)
        self._runners.pop(call_id, None)

    def _part_with(self, call_id: bytes) -> None:
        """Have another owner of a call, or none; the one that it had may close something yet."""
        owner = self._owners.pop(call_id, None)
        known = self._parted if owner is None else [*self._parted, owner]
        self._parted = [one for one in known if not one.over]

    def with_account(self, account: AccountId) -> list[CallState]:
        """Return the calls with somebody that are not over, those that wait for proof too."""
        return [
            record
            for record in self.records.values()
            if record.account == account and not record.ended
        ]
