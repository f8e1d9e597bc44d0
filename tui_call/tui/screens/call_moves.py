"""What is done with the people of a call: ring, add, merge, transfer, park, retrieve, hand over.

Each asks in a small question for what the order needs. A refusal is said in the reason line.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from tui_call.control import actions
from tui_call.control.lines import Result
from tui_call.control.views import CallView, MemberView, PastMemberView
from tui_call.foreign_text import clean
from tui_call.sentences import sentence, text_of
from tui_call.tui import keymap, several
from tui_call.tui.screens.choose_person import ChoosePerson
from tui_call.tui.screens.dialogs import Choice, Choose
from tui_call.tui.store import Store

_MOST_PARKED = 100
_WHO_JOINS = (
    Choice("first", "First answer takes it", text_of("T_RING_HOW", "first")),
    Choice("all", "All who answer join", text_of("T_RING_HOW", "all")),
)


def again(store: Store, members: Sequence[MemberView | PastMemberView]) -> None:
    """Call who was in a call: one as anybody is called, several by a standard call."""
    own = store.snapshot.me.account if store.snapshot else ""
    people = {one.account: one.name or one.account for one in members if one.account != own}
    accounts = list(people)[: actions.MOST_CALLED]
    if len(accounts) > 1:
        ring(store, accounts, lambda: None, [", ".join(people[one] for one in accounts)])
    elif accounts:
        store.send(actions.Call(accounts[0]))


def ring(
    store: Store, accounts: Sequence[str], rung: Callable[[], None], about: Sequence[str] = ()
) -> None:
    """Ring these people for a standard call; of several, ask who of them is to be in it.

    Args:
        store: the application's state.
        accounts: whom, at least one.
        rung: called once it is ordered.
        about: lines of who they are, where that is not on the screen.
    """
    first, *others = accounts

    def chosen(how: str | None) -> None:
        if how:
            all_join = how == "all"
            order = actions.Call(first, tuple(others), standard=True, all_join=all_join)
            store.send(order, lambda _: rung())

    if not others:
        chosen("first")
        return
    title = text_of("T_RING_ASK", n=len(accounts))
    store.push_screen(Choose(title, about, _WHO_JOINS), chosen)


def transfer(store: Store, call: CallView) -> None:
    """Ask to whom, and leave the others with this person; join those whom one asked first."""
    if call.consulting:
        store.send(actions.CompleteTransfer(call=call.id))
        return
    about = text_of("T_TRANSFER_ABOUT", _audience(call), peer=call.member.name)
    _with_person(
        store, call, text_of("T_TRANSFER_ASK"), about,
        lambda person: actions.Transfer(person, call=call.id),
    )  # fmt: skip


def ask_first(store: Store, call: CallView) -> None:
    """Ask to whom, and speak with this person first."""
    key = _key("call.transfer")
    about = text_of("T_CONSULT_ABOUT", _audience(call), peer=call.member.name, key=key)
    _with_person(
        store, call, text_of("T_CONSULT_ASK"), about,
        lambda person: actions.Transfer(person, ask=True, call=call.id),
    )  # fmt: skip


def add(store: Store, call: CallView) -> None:
    """Ask whom, and ring this person into the call."""
    about = text_of("T_ADD_ROOM", n=call.places_left)
    _with_person(
        store, call, text_of("T_ADD_ASK"), about,
        lambda person: actions.Add(person, call=call.id),
    )  # fmt: skip


def _audience(call: CallView) -> str:
    return "several" if len(call.members) > 1 else ""


def merge(store: Store, call: CallView) -> None:
    """Make one call of this one and the other one; of several, ask with which."""
    snapshot = store.snapshot
    others = snapshot.calls if snapshot else ()
    others = tuple(one for one in others if one.id != call.id and one.phase == "active")
    if len(others) <= 1:
        store.send(actions.Merge(others[0].id if others else "", call=call.id))
        return
    choices = [
        Choice(one.id, one.member.name, several.about(one, ascii_only=store.ascii_only))
        for one in others
    ]
    _choose(
        store, text_of("T_MERGE_ASK"), [], choices, lambda id_: actions.Merge(id_, call=call.id)
    )


def park(store: Store, call: CallView) -> None:
    """Park the call, and say where."""

    def parked(made: Result) -> None:
        slot, key = int(made.get("slot", 0)), _key("people.retrieve")
        if slot:
            store.explain(sentence("T_PARKED_AT", slot=slot, key=key))

    store.send(actions.Park(call=call.id), parked)


def hand_over(store: Store, call: CallView) -> None:
    """Ring at the only other device that is online; of several, ask at which."""
    devices = store.snapshot.me.devices if store.snapshot else ()
    online = [device for device in devices if device.online and not device.here]
    if len(online) <= 1:
        store.send(actions.HandOver(online[0].id if online else "", call=call.id))
        return
    _choose(
        store,
        text_of("T_HAND_OVER_ASK"),
        [text_of("T_HAND_OVER_ABOUT")],
        [Choice(device.id, clean(device.name)) for device in online],
        lambda id_: actions.HandOver(id_, call=call.id),
    )


def retrieve(store: Store) -> None:
    """Ask what is parked, then from where to take a call."""

    def listed(result: Result) -> None:
        choices = [_parked(row, store.clocks.wall()) for row in _rows(result)]
        if not choices:
            store.explain(sentence("T_NONE_PARKED"))
            return
        _choose(
            store,
            text_of("T_RETRIEVE_ASK"),
            [],
            choices,
            lambda slot: actions.Retrieve(int(slot)),
        )

    store.send(actions.ListParked(), listed)


def _rows(result: Result) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", list(result.get("parked", ())))[:_MOST_PARKED]


def _parked(row: dict[str, Any], now: float) -> Choice:
    first, *others = [clean(str(name), 24) for name in row["people"]] or [""]
    people = f"{first} +{len(others)}" if others else first
    left = max(0, round(float(row["rings_at"]) - now))
    said = [
        text_of("T_PARKED_ROW", "by", who=str(row["by"])),
        text_of("T_PARKED_ROW", "rings", n=left),
    ]
    return Choice(str(int(row["slot"])), f"{int(row['slot'])} {people}", ", ".join(said))


MOVES: Mapping[str, Callable[[Store, CallView], None]] = {
    "transfer": transfer,
    "consult": ask_first,
    "add": add,
    "merge": merge,
    "park": park,
    "hand_over": hand_over,
}
"""By the name of the capability."""


def _key(id_: str) -> str:
    return keymap.shown(keymap.BY_ID[id_].keys)


def _with_person(
    store: Store,
    call: CallView,
    title: str,
    about: str,
    order: Callable[[str], actions.Action],
) -> None:
    def chosen(person: str | None) -> None:
        if person:
            store.send(order(person))

    own = store.snapshot.me.account if store.snapshot else ""
    without = {own, *(member.account for member in call.members)}
    store.push_screen(ChoosePerson(title, [about], without), chosen)


def _choose(
    store: Store,
    title: str,
    about: list[str],
    choices: list[Choice],
    order: Callable[[str], actions.Action],
) -> None:
    def chosen(value: str | None) -> None:
        if value:
            store.send(order(value))

    store.push_screen(Choose(title, about, choices), chosen)
