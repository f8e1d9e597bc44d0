"""A copy of the snapshot that deltas keep up to date: at both ends of the socket.

The engine has one of what it has told; what does not change it is not sent. A client has one of
what it was told. A delta costs the same however many people and past calls there are; what is in
order is put in order when somebody asks for it.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec

from tui_call.control.deltas import (
    AnyDelta,
    CallDelta,
    EventDelta,
    NoteDelta,
    PartDelta,
    PastCallDelta,
    PersonDelta,
    SettingDelta,
)
from tui_call.control.views import (
    CallView,
    EventView,
    HistoryView,
    NoteView,
    Part,
    PersonView,
    SettingView,
    Snapshot,
)

_K = TypeVar("_K")
_T = TypeVar("_T")
NOTICES = ""
"""Stands for the id of a call where what happened is a notice."""


class Keyed(Generic[_K, _T]):
    """Things by key, and in order.

    Args:
        key: what a thing is found by.
        rank: where it stands among others; None: in the order in which they came.
        things: those that there are.
    """

    def __init__(
        self,
        key: Callable[[_T], _K],
        rank: Callable[[_T], Any] | None = None,
        things: Iterable[_T] = (),
    ) -> None:
        self._key, self._rank = key, rank
        self._things = {key(thing): thing for thing in things}
        self._ranks = {found: rank(thing) for found, thing in self._things.items()} if rank else {}
        self._all: tuple[_T, ...] | None = None

    @property
    def all(self) -> tuple[_T, ...]:
        """All of them, in order."""
        if self._all is None:
            things = self._things
            order = sorted(things, key=self._ranks.__getitem__) if self._rank else things
            self._all = tuple(things[key] for key in order)
        return self._all

    def put(self, key: _K, thing: _T | None) -> bool:
        """Take a thing as it is now, None for one that is gone; return whether that is new."""
        if self._things.get(key) == thing:
            return False
        if thing is None:
            del self._things[key]
            self._ranks.pop(key, None)
        else:
            self._things[key] = thing
            if self._rank is not None:
                self._ranks[key] = self._rank(thing)
        self._all = None
        return True

    def differing(self, things: Iterable[_T]) -> Iterator[tuple[_K, _T | None]]:
        """Yield what `put` would have to be given so that there are these things."""
        now = {self._key(thing): thing for thing in things}
        yield from ((key, None) for key in self._things if key not in now)
        for key, thing in now.items():
            known = self._things.get(key)
            if known is not thing and known != thing:
                yield key, thing


class Replica:
    """The state of an engine, as somebody was told of it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot: Snapshot | None = snapshot
        self._parts = {name: getattr(snapshot, name) for name in PartDelta.__struct_fields__}
        self._people = Keyed(_account, people_rank, snapshot.people)
        self._settings = Keyed(_setting_name, None, snapshot.settings)
        self._past = Keyed(_past_key, lambda past: (-past.at, _past_key(past)), snapshot.history)
        self._calls = Keyed(_call_id, _call_rank, map(_bare, snapshot.calls))
        self._events = {call.id: Keyed(_number, _number, call.events) for call in snapshot.calls}
        self._events[NOTICES] = Keyed(_number, _number, snapshot.notices)
        self._notes = {call.id: Keyed(_number, _number, call.notes) for call in snapshot.calls}

    @property
    def snapshot(self) -> Snapshot:
        """The state as a whole."""
        if self._snapshot is None:
            self._snapshot = Snapshot(
                **self._parts,
                people=self._people.all,
                calls=tuple(map(self._whole, self._calls.all)),
                settings=self._settings.all,
                history=self._past.all,
                notices=self._events[NOTICES].all,
            )
        return self._snapshot

    def apply(self, delta: AnyDelta) -> bool:
        """Take a delta; return whether it changed anything."""
        changed = self._take(delta)
        if changed:
            self._snapshot = None
        return changed

    def _take(self, delta: AnyDelta) -> bool:
        match delta:
            case PartDelta():
                before = self._parts
                self._parts = before | delta.parts
                return self._parts != before
            case PersonDelta(account, person):
                return self._people.put(account, person)
            case CallDelta(id_, call):
                if call is None:
                    self._events.pop(id_, None)
                    self._notes.pop(id_, None)
                return self._calls.put(id_, call)
            case EventDelta(call, number, event):
                return self._events_of(call).put(number, event)
            case NoteDelta(call, number, note):
                return self._notes_of(call).put(number, note)
            case SettingDelta(name, setting):
                return self._settings.put(name, setting)
            case PastCallDelta(at, account, past):
                return self._past.put((at, account), past)

    def differences(self, part: Part, value: Any) -> Iterator[AnyDelta]:
        """Yield the deltas that give a part of the snapshot this value."""
        match part:
            case "people":
                yield from (PersonDelta(*found) for found in self._people.differing(value))
            case "settings":
                yield from (SettingDelta(*found) for found in self._settings.differing(value))
            case "history":
                for key, past in self._past.differing(value):
                    yield PastCallDelta(*key, past)
            case "notices":
                yield from self._event_differences(NOTICES, value)
            case "calls":
                yield from self._call_differences(value)
            case _:
                if self._parts[part] != value:
                    yield PartDelta(**{part: value})

    def _call_differences(self, calls: tuple[CallView, ...]) -> Iterator[AnyDelta]:
        go_on = {before for call in calls for before in call.was}
        found = list(self._calls.differing(map(_bare, calls)))
        # Who stays with a call finds it at every moment: it goes after the one in which it goes on.
        for id_, bare in sorted(found, key=lambda one: one[1] is None and one[0] in go_on):
            if bare is None:  # it may be shown again before a slow client reads that it was gone
                yield from self._event_differences(id_, ())
                yield from self._note_differences(id_, ())
            yield CallDelta(id_, bare)
        for call in calls:
            yield from self._event_differences(call.id, call.events)
            yield from self._note_differences(call.id, call.notes)

    def _event_differences(self, call: str, events: tuple[EventView, ...]) -> Iterator[AnyDelta]:
        for number, event in self._events_of(call).differing(events):
            yield EventDelta(call, number, event)

    def _note_differences(self, call: str, notes: tuple[NoteView, ...]) -> Iterator[AnyDelta]:
        for number, note in self._notes_of(call).differing(notes):
            yield NoteDelta(call, number, note)

    def _events_of(self, call: str) -> Keyed[int, EventView]:
        return self._events.setdefault(call, Keyed(_number, _number))

    def _notes_of(self, call: str) -> Keyed[int, NoteView]:
        return self._notes.setdefault(call, Keyed(_number, _number))

    def _whole(self, call: CallView) -> CallView:
        events, notes = self._events_of(call.id).all, self._notes_of(call.id).all
        return msgspec.structs.replace(call, events=events, notes=notes)


def people_rank(person: PersonView) -> tuple[bool, str, str, str]:
    """Return where somebody stands in People: who is online first, then by name.

    Neither capitals nor accents move a name far.
    """
    return person.presence == "offline", _plain(person.name), person.name, person.account


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _call_rank(call: CallView) -> tuple[int, str]:
    return call.position, call.id


def _bare(call: CallView) -> CallView:
    if not call.events and not call.notes:
        return call
    return msgspec.structs.replace(call, events=(), notes=())


def _account(person: PersonView) -> str:
    return person.account


def _call_id(call: CallView) -> str:
    return call.id


def _number(numbered: EventView | NoteView) -> int:
    return numbered.number


def _setting_name(setting: SettingView) -> str:
    return setting.key


def _past_key(past: HistoryView) -> tuple[float, str]:
    return past.at, past.member.account
