"""Who may send which message, by the role that an account has at that moment."""

import sqlite3
import typing

import msgspec
import pytest

from tests.support.members import Member, Town
from tui_call.service.administering import needs
from tui_call.service.dispatch import Registry
from tui_call.signaling import administration, messages
from tui_call.signaling.messages import (
    Administer,
    ChangePolicy,
    CreateInvite,
    Done,
    Failed,
    InviteCreated,
    Lookup,
)
from tui_call.signaling.vocabulary import Role

CHANGES = msgspec.Raw(b'{"ask": "change"}')
READS = msgspec.Raw(b'{"ask": "ask_report"}')


def in_the_store(town: Town, statement: str, *values: object) -> None:
    """Change something behind the back of the service, as another process would."""
    with sqlite3.connect(town.directory / "service.db") as connection:
        connection.execute(statement, values)
    connection.close()


def become(town: Town, member: Member, role: Role) -> None:
    in_the_store(town, "UPDATE accounts SET role = ? WHERE id = ?", role, member.account)


async def answer(member: Member, make: typing.Callable[[int], messages.ClientMessage]) -> str:
    """Return the code of a refusal, "" where there is none."""
    kinds = Done | InviteCreated | Failed | messages.Administered
    answered = await member.client.ask(make, kinds)  # type: ignore[type-var]
    return answered.code if isinstance(answered, Failed) else ""


async def test_a_role_counts_from_the_moment_it_changes(town: Town) -> None:
    ada, ben = await town.enrol("ada"), await town.enrol("ben")
    policy = lambda number: ChangePolicy(number, "user_choice")  # noqa: E731
    assert (await answer(ada, policy), await answer(ben, policy)) == ("", "not_allowed")
    become(town, ada, "member")
    become(town, ben, "admin")
    assert (await answer(ada, policy), await answer(ben, policy)) == ("not_allowed", "")
    assert await answer(ada, CreateInvite) == "not_allowed"


async def test_auditors_read_and_administrators_change(town: Town) -> None:
    ada = await town.enrol("ada")
    for role, may_read, may_change in (
        ("member", False, False),
        ("auditor", True, False),
        ("admin", True, True),
    ):
        become(town, ada, role)
        for body, may in ((READS, may_read), (CHANGES, may_change)):
            refused = await answer(ada, lambda number, body=body: Administer(number, body))
            assert (refused != "not_allowed") is may, (role, body)


def test_what_a_request_of_administrators_needs_depends_on_whether_it_changes() -> None:
    for kinds, role in (
        (administration.ReadingRequest, "auditor"),
        (administration.ChangingRequest, "admin"),
    ):
        for kind in typing.get_args(kinds):
            body = msgspec.json.encode({"ask": kind.__struct_config__.tag})
            assert needs(Administer(1, msgspec.Raw(body))) == role


async def test_a_device_that_was_revoked_elsewhere_may_ask_for_nothing_that_needs_a_role(
    town: Town,
) -> None:
    ada = await town.enrol("ada")
    assert not await answer(ada, CreateInvite)
    in_the_store(town, "UPDATE devices SET revoked = 1 WHERE id = ?", ada.device)
    assert await answer(ada, CreateInvite) == "device_revoked"
    assert await ada.client.is_closed()


async def test_an_administrator_who_was_disabled_elsewhere_may_ask_for_nothing(
    town: Town,
) -> None:
    ada = await town.enrol("ada")
    assert not await answer(ada, CreateInvite)
    in_the_store(town, "UPDATE accounts SET disabled = 1 WHERE id = ?", ada.account)
    assert await answer(ada, CreateInvite) == "not_allowed"


async def test_a_message_without_a_rule_is_refused(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, find = await town.enrol("ada"), Registry.find

    def find_all_but_one(registry: Registry, message: messages.ClientMessage) -> object:
        return None if isinstance(message, Lookup) else find(registry, message)

    monkeypatch.setattr(Registry, "find", find_all_but_one)
    lookup = lambda number: Lookup(number, ada.account)  # noqa: E731
    assert (await ada.client.ask(lookup, Failed)).code == "not_allowed"
