"""What changed in the snapshot: each line has one thing by its key, as it is now or gone.

Of two deltas with the same key only the newer one counts, so what a client has not read yet is
bounded. Taken in the order in which they come they keep a copy of the snapshot up to date
(`control.replica`).
"""

from typing import Any

import msgspec

from tui_call.control.views import (
    CallView,
    DevicesView,
    EncryptionView,
    EventView,
    HistoryView,
    MeView,
    NoteView,
    PersonView,
    ServiceView,
    SettingView,
)

Key = tuple[str | int | float, ...]


class Delta(msgspec.Struct, frozen=True, tag_field="type"):
    """One thing that changed."""

    @property
    def key(self) -> Key:
        """What it is about: a newer delta with the same key takes the place of this one."""
        raise NotImplementedError


class PartDelta(Delta, frozen=True, tag="part", omit_defaults=True):
    """Small parts of the snapshot, one as a rule, have these values; the others are left out."""

    me: MeView | None = None
    service: ServiceView | None = None
    encryption: EncryptionView | None = None
    devices: DevicesView | None = None

    @property
    def parts(self) -> dict[str, Any]:
        """Those that are told, by name."""
        told = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in told if value is not None}

    @property
    def key(self) -> Key:
        """Their names."""
        return "part", *self.parts


class PersonDelta(Delta, frozen=True, tag="person"):
    """Somebody of People; None: is no longer there."""

    account: str
    person: PersonView | None

    @property
    def key(self) -> Key:
        """The address."""
        return "person", self.account


class CallDelta(Delta, frozen=True, tag="call"):
    """A call; None: is no longer shown. Its events and notes come by themselves, here are none."""

    id: str
    call: CallView | None

    @property
    def key(self) -> Key:
        """Its id."""
        return "call", self.id


class EventDelta(Delta, frozen=True, tag="event"):
    """Something that happened in a call, or a notice; None: it is no longer kept.

    Attributes:
        call: the id of the call, "" for a notice.
        number: `EventView.number`.
        event: what happened.
    """

    call: str
    number: int
    event: EventView | None

    @property
    def key(self) -> Key:
        """The call and the number."""
        return "event", self.call, self.number


class NoteDelta(Delta, frozen=True, tag="note"):
    """A note of a call; None: it is no longer kept.

    Attributes:
        call: the id of the call.
        number: `NoteView.number`.
        note: what was written.
    """

    call: str
    number: int
    note: NoteView | None

    @property
    def key(self) -> Key:
        """The call and the number."""
        return "note", self.call, self.number


class SettingDelta(Delta, frozen=True, tag="setting"):
    """A setting; None: there is no such one any more."""

    name: str
    setting: SettingView | None

    @property
    def key(self) -> Key:
        """Its name."""
        return "setting", self.name


class PastCallDelta(Delta, frozen=True, tag="past_call"):
    """A past call; None: it is no longer kept.

    Attributes:
        at: `HistoryView.at`.
        account: of its first member.
        past: the call.
    """

    at: float
    account: str
    past: HistoryView | None

    @property
    def key(self) -> Key:
        """When it was, and with whom."""
        return "past_call", self.at, self.account


AnyDelta = (
    PartDelta | PersonDelta | CallDelta | EventDelta | NoteDelta | SettingDelta | PastCallDelta
)
