"""Which call, or whom, somebody means who types a name, an address or the beginning of an id."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from tui_call.control.views import CallView, OwnDeviceView, PersonView, Snapshot
from tui_call.errors import LocalFault

_ID_DIGITS = 32
_SHORTEST_OF_DEVICE = 4
"""Digits of an id that are enough to remove a device."""

_T = TypeVar("_T")


class NoSuchCall(LocalFault):
    """No call is meant."""

    sentence_code = "N_UNKNOWN_CALL"


class CallEnded(LocalFault):
    """The call that is meant has ended."""

    sentence_code = "N_CALL_OVER"


class SeveralCalls(LocalFault):
    """More than one call is meant."""


class NothingAsked(LocalFault):
    """No call asks anything."""

    sentence_code = "C_NO_QUESTION"


class NoOtherDevice(LocalFault):
    """No device of the person but this one is meant."""

    sentence_code = "O_NO_DEVICE"


class SeveralDevices(LocalFault):
    """More than one is meant."""

    sentence_code = "O_SEVERAL_DEVICES"


class NobodySo(LocalFault):
    """Nobody is meant, or more than one."""


def call_named(snapshot: Snapshot, words: str) -> CallView:
    """Return the call that is meant.

    Args:
        snapshot: what the engine said last.
        words: the beginning of its id, or of the name or address of somebody in it.

    Raises:
        NoSuchCall: none is.
        SeveralCalls: more than one is.
        CallEnded: it has ended.
    """
    wanted = words.strip().casefold()
    whole = [call for call in snapshot.calls if wanted in (call.id, *_names(call))]
    begun = [
        call
        for call in snapshot.calls
        if wanted and any(name.startswith(wanted) for name in (call.id, *_names(call)))
    ]
    meant = whole or begun
    lasting = [call for call in meant if call.phase != "ended"]
    if len(lasting) > 1:
        raise SeveralCalls(name=words)
    if not meant:
        raise NoSuchCall
    if not lasting:
        raise CallEnded
    return lasting[0]


def call_now(snapshot: Snapshot, known: str) -> CallView | None:
    """Return the call of an id, or the one in which that goes on; None where it is neither."""
    for call in snapshot.calls:
        if call.id == known:
            return call
    return next((call for call in snapshot.calls if known in call.was), None)


def call_id(snapshot: Snapshot, words: str) -> str:
    """Return the id of the call that is meant, "" for the one in front where nothing is typed.

    A whole id is passed on as it is: the engine knows also of calls that are over.

    Raises:
        NoSuchCall, SeveralCalls, CallEnded: as `call_named`.
    """
    typed = words.strip().casefold()
    if not typed or (len(typed) == _ID_DIGITS and set(typed) <= set("0123456789abcdef")):
        return typed
    return call_named(snapshot, typed).id


def asking_call(snapshot: Snapshot, words: str) -> tuple[str, str]:
    """Return the id of the call whose question is answered, and the code of the question.

    Args:
        snapshot: what the engine said last.
        words: name a call; "" is the first one that asks, from the one in front on.

    Raises:
        NothingAsked: none does.
        NoSuchCall, SeveralCalls, CallEnded: as `call_named`.
    """
    for call in _meant(snapshot, words):
        if call.question is not None:
            return call.id, call.question.code
    raise NothingAsked


def call_that_asks_to_be_kept(snapshot: Snapshot, words: str) -> str:
    """Return the id of the call in which the person is asked whether they may be kept.

    The arguments, and what is raised, are those of `asking_call`.
    """
    for call in _meant(snapshot, words):
        if call.own_kept == "asked" and call.phase != "ended":
            return call.id
    raise NothingAsked


def _meant(snapshot: Snapshot, words: str) -> Sequence[CallView]:
    """Return the call that is named, all where none is."""
    return [call_named(snapshot, words)] if words.strip() else snapshot.calls


def names_in(snapshot: Snapshot, words: str) -> tuple[str, ...]:
    """Return whom words with commas between name; a name that has a comma itself is one."""
    if person_named(snapshot.people, words) is not None:
        return (words.strip(),)
    return tuple(name for one in words.split(",") if (name := one.strip()))


def person_named(people: Iterable[PersonView], words: str) -> PersonView | None:
    """Return the one whose address or name this is, else whose name begins so; None if not one."""
    wanted, everybody = words.strip().casefold(), list(people)
    exact = [one for one in everybody if wanted in (one.account, one.name.casefold())]
    begun = [one for one in everybody if wanted and one.name.casefold().startswith(wanted)]
    return _only(exact or begun)


def account_named(snapshot: Snapshot, words: str) -> str:
    """Return the address that is meant: one of a person who is shown, or what is typed as one.

    Raises:
        NobodySo: it is neither.
    """
    person = person_named(snapshot.people, words)
    if person is not None:
        return person.account
    if "@" not in words:
        raise NobodySo
    return words.strip().casefold()


def device_named(devices: Iterable[OwnDeviceView], words: str) -> OwnDeviceView:
    """Return another device of the person by its name, or by the beginning of its id.

    Raises:
        NoOtherDevice: none is meant, or this one.
        SeveralDevices: more than one is.
    """
    wanted = words.strip().casefold()
    others = [device for device in devices if not device.here]
    named = [device for device in others if device.name.casefold() == wanted]
    enough = len(wanted) >= _SHORTEST_OF_DEVICE
    begun = [device for device in others if enough and device.id.startswith(wanted)]
    found = named or begun
    if not found:
        raise NoOtherDevice
    if len(found) > 1:
        raise SeveralDevices
    return found[0]


def _only(found: Sequence[_T]) -> _T | None:
    return found[0] if len(found) == 1 else None


def _names(call: CallView) -> list[str]:
    people = (member.person for member in call.members)
    return [name.casefold() for one in people for name in (one.name, one.account)]
