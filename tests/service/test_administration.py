"""Policy and settings: who may change them, who is told, what the audit says."""

import sqlite3
from pathlib import Path

from tests.support.members import Clock, Town
from tests.support.members import town as run_town
from tui_call.service.database import Accounts, Database
from tui_call.service.limits import CHANGES
from tui_call.signaling.messages import (
    ChangeName,
    ChangePolicy,
    ChangeSetting,
    Done,
    Failed,
    InviteCreated,
    LinkDevice,
    ListPeople,
    Lookup,
    NameChanged,
    People,
    PersonChanged,
    PolicyChanged,
    SettingChanged,
)


def audit(directory: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(directory / "service.db") as connection:
        rows = connection.execute("SELECT actor, action, subject, detail FROM audit ORDER BY id")
        found = rows.fetchall()
    connection.close()
    return found


async def test_an_administrator_changes_the_policy_for_everybody(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    assert ada.welcome.policy.source == "organisation"
    done = await ada.client.ask(lambda n: ChangePolicy(n, "user_choice"), Done)
    assert done.request == ada.client.requests
    for person in (ada, bob):
        told = [m for m in person.client.heard if isinstance(m, PolicyChanged)]
        changed = told[0] if told else await person.client.hear(PolicyChanged)
        assert changed.policy.e2ee_calls == "user_choice"
    cleo = await town.enrol("cleo")
    assert cleo.welcome.policy == changed.policy
    assert (ada.account, "policy.change", "organisation", "user_choice") in audit(town.directory)


async def test_what_is_not_given_of_a_policy_stays(town: Town) -> None:
    ada = await town.enrol("ada")
    for change, expected in (
        ({"e2ee_calls": "user_choice"}, ("user_choice", False)),
        ({"require_compared": True}, ("user_choice", True)),
        ({"e2ee_calls": "required"}, ("required", True)),
        ({"require_compared": False}, ("required", False)),
        ({}, ("required", False)),
    ):
        await ada.client.ask(lambda n, change=change: ChangePolicy(n, **change), Done)
        changed = [m for m in ada.client.heard if isinstance(m, PolicyChanged)][-1]
        assert (changed.policy.e2ee_calls, changed.policy.require_compared) == expected
    details = [row[3] for row in audit(town.directory) if row[1] == "policy.change"]
    assert details == [
        "user_choice", "require_compared=True", "required", "require_compared=False",
    ]  # fmt: skip


async def test_a_member_cannot_change_the_policy(town: Town) -> None:
    await town.enrol("ada")
    bob = await town.enrol("bob")
    failed = await bob.client.ask(lambda n: ChangePolicy(n, "required"), Failed)
    assert failed.code == "not_allowed"
    assert (await town.enrol("cleo")).welcome.policy.e2ee_calls == "disabled"
    assert not [row for row in audit(town.directory) if row[1] == "policy.change"]


async def test_a_setting_lives_with_the_account(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    await bob.client.ask(lambda n: ChangeSetting(n, "require"), Done)
    assert SettingChanged("require") in bob.client.heard
    await ada.client.hears_nothing_more()
    await town.leave(bob)
    assert (await town.log_in(bob.identity)).welcome.setting == "require"
    assert (bob.account, "setting.change", bob.account, "require") in audit(town.directory)


async def test_what_is_said_of_being_kept_lives_with_the_account_too(town: Town) -> None:
    ada = await town.enrol("ada")
    before = ada.welcome
    assert (before.recording_of_me, before.captions_of_me) == ("ask", "allow")
    await ada.client.ask(lambda n: ChangeSetting(n, recording_of_me="refuse"), Done)
    await ada.client.ask(lambda n: ChangeSetting(n, "on", "allow", "refuse"), Done)
    told = [message for message in ada.client.heard if isinstance(message, SettingChanged)]
    assert told == [
        SettingChanged(before.setting, "refuse", "allow"), SettingChanged("on", "allow", "refuse"),
    ]  # fmt: skip
    await town.leave(ada)
    after = (await town.log_in(ada.identity)).welcome
    assert (after.setting, after.recording_of_me, after.captions_of_me) == ("on", "allow", "refuse")
    changes = [row[3] for row in audit(town.directory) if row[1] == "setting.change"]
    assert changes == [
        "recording_of_me refuse",
        "on",
        "recording_of_me allow",
        "captions_of_me refuse",
    ]


async def test_a_setting_that_is_so_already_is_neither_told_nor_audited(town: Town) -> None:
    ada = await town.enrol("ada")
    before = audit(town.directory)
    for _ in range(3):
        await ada.client.ask(lambda n: ChangeSetting(n, "off"), Done)
        await ada.client.ask(lambda n: ChangePolicy(n, "disabled", False, False), Done)
    assert audit(town.directory) == before
    assert not [m for m in ada.client.heard if isinstance(m, SettingChanged | PolicyChanged)]


async def test_changing_to_and_fro_grows_the_audit_slowly(town: Town) -> None:
    await town.enrol("ada")
    bob, most = await town.enrol("bob"), int(CHANGES.burst)
    for number in range(most):
        changes = (
            lambda n: ChangeSetting(n, "on"),
            lambda n: ChangeName(n, "Robert"),
            lambda n: ChangeSetting(n, "off"),
            lambda n: ChangeName(n, "Bob"),
            LinkDevice,
        )
        await bob.client.ask(changes[number % 5], Done if number % 5 < 4 else InviteCreated)
    rows = len(audit(town.directory))
    for change in changes:
        refused = await bob.client.ask(change, Failed)
        assert refused.code == "rate"
    assert len(audit(town.directory)) == rows
    town.clock.now += 1 / CHANGES.per_second
    await bob.client.ask(lambda n: ChangeSetting(n, "require"), Done)
    assert len(audit(town.directory)) == rows + 1


async def test_a_person_may_be_called_otherwise_and_keeps_the_address(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob", "Bob Ross")
    await ada.client.ask(lambda n: Lookup(n, bob.account), People)
    await bob.client.ask(lambda n: ChangeName(n, "  Bob\x1b[31m\u202e Müller "), Done)
    assert NameChanged("Bob[31m Müller") in bob.client.heard
    told = (await ada.client.hear(PersonChanged)).person
    assert (told.account, told.name) == (bob.account, "Bob[31m Müller")
    for text, found in (("müller", [bob.account]), ("ross", [])):
        people = await ada.client.ask(lambda n, t=text: ListPeople(n, t), People)
        assert [person.account for person in people.people] == found
    await town.leave(bob)
    assert (await town.log_in(bob.identity)).welcome.name == "Bob[31m Müller"
    renamed = (bob.account, "account.rename", bob.account, "Bob[31m Müller")
    assert renamed in audit(town.directory)


async def test_a_name_that_is_none_or_the_same_reaches_nobody(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob", "Bob Ross")
    await ada.client.ask(lambda n: Lookup(n, bob.account), People)
    failed = await bob.client.ask(lambda n: ChangeName(n, "\u200b\x1b"), Failed)
    assert failed.code == "name_invalid"
    await bob.client.ask(lambda n: ChangeName(n, "Bob Ross"), Done)
    assert not [row for row in audit(town.directory) if row[1] == "account.rename"]
    await ada.client.hears_nothing_more()


async def test_everything_is_there_after_a_restart(tmp_path: Path, clock: Clock) -> None:
    async with run_town(tmp_path / "state", clock, organisation_name="Engines") as town:
        ada = await town.enrol("ada")
        await ada.client.ask(lambda n: ChangePolicy(n, "required"), Done)
        place, organisation = town.service.place, town.service.organisation.id
    async with run_town(tmp_path / "state", clock) as town:
        assert town.service.place == place
        ada = await town.log_in(ada.identity)
        assert ada.welcome.policy.e2ee_calls == "required"
        assert ada.welcome.role == "admin"
        challenge = await (await town.visit()).greet()
        assert (challenge.organisation, challenge.organisation_name) == (organisation, "Engines")
    async with run_town(tmp_path / "state", clock, organisation_name="Looms") as town:
        assert (await (await town.visit()).greet()).organisation_name == "Looms"


async def test_a_revoked_device_is_refused_with_its_own_reason(
    tmp_path: Path, clock: Clock
) -> None:
    async with run_town(tmp_path / "state", clock) as town:
        ada = await town.enrol("ada")
    store = await Database.open(tmp_path / "state" / "service.db")
    await Accounts(store).revoke(ada.device, "", int(clock()))
    await store.close()
    async with run_town(tmp_path / "state", clock) as town:
        client = await town.visit()
        login = ada.identity.login(await client.greet(), town.service.place.pin, int(clock()))
        assert (await client.fails(login)).code == "device_revoked"
        client = await town.visit()
        forged = ada.identity.login(await client.greet(), bytes(32), int(clock()))
        assert (await client.fails(forged)).code == "login_refused"
