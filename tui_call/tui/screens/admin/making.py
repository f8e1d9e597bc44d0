"""The questions with which something new comes into the draft."""

from collections.abc import Callable
from typing import cast, get_args

from tui_call.control.actions import PolicyAllows
from tui_call.sentences import sentence
from tui_call.signaling.administration_rows import DeviceRow
from tui_call.signaling.operations import (
    AddPerson,
    Kind,
    NewGroup,
    NewPolicy,
    RevokeDevice,
    Terms,
)
from tui_call.tui.admin_words import NOTHING, value_word
from tui_call.tui.screens.admin.questions import ask_line, choose
from tui_call.tui.screens.admin.session import AdminSession
from tui_call.tui.screens.dialogs import Choice
from tui_call.tui.store import Store

_KINDS = (
    Choice("encryption", "Encryption", sentence("T_KIND_ENCRYPTION").text),
    Choice("calling", "Calling", sentence("T_KIND_CALLING").text),
)
_E2EE_CALLS = tuple(Choice(one, value_word(one)) for one in get_args(PolicyAllows))


def ask_policy(store: Store, session: AdminSession, then: Callable[[str], None]) -> None:
    """Ask for kind and name of a policy, and what it says of E2EE calls; open it then."""

    def add(name: str, kind: Kind, terms: Terms) -> None:
        session.add(NewPolicy(name=name, kind=kind, terms=terms))
        then(name)

    def named(kind: Kind, name: str) -> None:
        if kind == "calling":
            add(name, kind, {})
        else:
            title = f"E2EE calls in {name}"
            choose(store, title, _E2EE_CALLS, lambda calls: add(name, kind, {"e2ee_calls": calls}))

    def kind_chosen(chosen: str) -> None:
        kind = cast("Kind", chosen)
        ask_line(
            store,
            "Name of the policy",
            "T_POLICY_NAME",
            lambda name: named(kind, name),
        )

    choose(store, "A new policy", _KINDS, kind_chosen)


def ask_person(store: Store, session: AdminSession) -> None:
    """Ask for address and name of somebody new."""

    def addressed(address: str) -> None:
        def named(name: str) -> None:
            session.add(AddPerson(address=address, name=name))

        ask_line(store, f"Name of {address}", "T_PERSON_NAME", named, any_answer=True)

    ask_line(store, "Address", "T_PERSON_ADDRESS", addressed)


def ask_group(store: Store, session: AdminSession) -> None:
    """Ask for the name of a group."""
    ask_line(
        store, "Name of the group", "T_GROUP_NAME", lambda name: session.add(NewGroup(name=name))
    )


def ask_to_revoke(store: Store, session: AdminSession, row: DeviceRow) -> None:
    """Ask whether a device shall be kept out."""
    choices = [
        Choice("keep", "Keep", sentence("T_NOTHING_CHANGES").text),
        Choice("revoke", "Revoke", sentence("T_DEVICE_REVOKE").text),
    ]

    def chosen(what: str) -> None:
        if what == "revoke":
            session.add(RevokeDevice(device=row.device))

    choose(store, f"{row.name or NOTHING} of {row.account}", choices, chosen)


def ask_two(store: Store, first: str, then: Callable[[str, str], None]) -> None:
    """Ask for two addresses.

    Args:
        store: the application's state.
        first: what stands in the first field.
        then: called with both.
    """

    def called(account: str) -> None:
        ask_line(store, f"{account} calls", "T_TRY_WHOM", lambda other: then(account, other))

    ask_line(store, "Try a call", "T_TRY_WHO", called, first, any_answer=True)
