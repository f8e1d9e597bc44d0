"""How an organisation begins, and who administers it."""

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.support.members import Clock, Identity, Member, Town
from tests.support.members import town as run_town
from tui_call.errors import RefusedInput
from tui_call.service.beginning import checked_public_address, new_organisation
from tui_call.service.enrolment import LIFE_SECONDS
from tui_call.service.faults import (
    AlreadyBegun,
    DatabaseUnusable,
    NobodyCalledSo,
    NotBegun,
    OrganisationInvalid,
    StateUnusable,
)
from tui_call.service.server import Service, ServiceOptions
from tui_call.service.store_place import DATABASE_FILE
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.messages import Welcome

ACME = new_organisation("acme", "Acme", "Ada Admin")
ORDERED: dict[str, Any] = {"personal": False, "beginning": ACME}


def ordered(directory: Path, **options: Any) -> ServiceOptions:
    directory.mkdir(exist_ok=True)
    return ServiceOptions(directory, **{"listen": "127.0.0.1", **ORDERED, **options})


async def administrator(town: Town, code: str) -> Member:
    """Spend an administrator's invite; the name that is given does not count."""
    client, identity = await town.visit(), Identity()
    await client.greet()
    await client.say(identity.enrolment(code, "somebody", "Somebody"))
    identity.account = (await client.hear(Welcome)).account
    return await town.log_in(identity)


def audited(state: Path) -> list[tuple[str, str, str]]:
    with contextlib.closing(sqlite3.connect(state / DATABASE_FILE)) as store:
        return list(store.execute("SELECT action, subject, actor FROM audit ORDER BY id"))


def roles(state: Path) -> list[dict[str, Any]]:
    """Return the row before and after the change that is audited with rows."""
    with contextlib.closing(sqlite3.connect(state / DATABASE_FILE)) as store:
        (kept,) = store.execute("SELECT before, after FROM audit_rows").fetchall()
        return [json.loads(row) for row in kept]


async def test_who_was_named_administers_and_whoever_comes_first_does_not(
    tmp_path: Path, clock: Clock
) -> None:
    async with run_town(tmp_path / "state", clock, **ORDERED) as town:
        issued = await town.service.invite_first_administrator()
        assert issued.expires == clock() + LIFE_SECONDS
        quick = await town.enrol("quick")
        assert (quick.account, quick.welcome.role) == ("quick@acme", "member")
        ada = await administrator(town, parse_invite(issued.link).code)
        assert (ada.account, ada.welcome.name) == ("ada.admin@acme", "Ada Admin")
        assert (ada.welcome.role, ada.welcome.policy.e2ee_calls) == ("admin", "disabled")
        client = await town.visit()
        await client.greet()
        again = Identity().enrolment(parse_invite(issued.link).code, "eve")
        assert (await client.fails(again)).code == "invite_used"


async def test_in_a_store_of_nobody_the_first_is_no_administrator_either(
    tmp_path: Path, clock: Clock
) -> None:
    async with run_town(tmp_path / "state", clock):
        pass
    async with run_town(tmp_path / "state", clock, personal=False) as town:
        assert (await town.enrol("quick")).welcome.role == "member"


async def test_the_first_link_leads_to_the_public_address_and_later_ones_do(tmp_path: Path) -> None:
    options = ordered(tmp_path / "state", public_address="calls.acme.example")
    async with Service(options) as service:
        first = parse_invite((await service.invite_first_administrator()).link)
    assert (first.host, first.port) == ("calls.acme.example", service.place.port)
    async with Service(ordered(tmp_path / "state", beginning=None)) as later:
        assert (later.place.public_host, later.place.port) == (first.host, first.port)


async def test_an_organisation_begins_once_and_none_begins_unasked(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with pytest.raises(NotBegun, match="serve --init"):
        async with Service(ordered(state, beginning=None)):
            pass
    assert list(state.iterdir()) == []
    async with Service(ordered(state)):
        pass
    before = audited(state)
    other = new_organisation("other", "Other", "Eve")
    with pytest.raises(AlreadyBegun, match="Use: tui-call serve"):
        async with Service(ordered(state, beginning=other, organisation_name="Other")):
            pass
    assert audited(state) == before
    async with Service(ordered(state, beginning=None)) as service:
        assert (service.organisation.id, service.organisation.name) == ("acme", "Acme")


async def test_what_is_left_of_a_service_is_no_place_to_begin(tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with Service(ordered(state)):
        pass
    (state / DATABASE_FILE).unlink()
    for left in ("certificate.pem", "organisation", "local-invite"):
        with pytest.raises(DatabaseUnusable, match=f"missing or empty beside .*{left}"):
            async with Service(ordered(state)):
                pass
        (state / left).unlink()


async def test_a_beginning_that_was_cut_off_is_ordered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"

    def cut(*_: object) -> None:
        raise StateUnusable

    with monkeypatch.context() as patched:
        patched.setattr("tui_call.service.server.Organisations.open", cut)
        with pytest.raises(StateUnusable):
            async with Service(ordered(state)):
                pass
    with pytest.raises(NotBegun):
        async with Service(ordered(state, beginning=None)):
            pass
    async with Service(ordered(state)) as service:
        assert service.organisation.id == "acme"


async def test_nobody_left_to_administer_is_helped_by_whoever_has_the_computer(
    tmp_path: Path, clock: Clock
) -> None:
    state = tmp_path / "state"
    async with run_town(state, clock, **ORDERED) as town:
        ben = await town.enrol("ben")
        with pytest.raises(NobodyCalledSo, match=r"Did you mean ben@acme\?"):
            await town.service.appoint("benn@acme")
        with pytest.raises(NobodyCalledSo, match="has the address xyz@elsewhere"):
            await town.service.appoint("xyz@elsewhere")
        with contextlib.closing(sqlite3.connect(state / DATABASE_FILE)) as store, store:
            store.execute("UPDATE accounts SET disabled = 1 WHERE id = 'ben@acme'")
        issued = await town.service.appoint("ben@acme")
        assert audited(state)[-2:] == [
            ("account.appoint", "ben@acme", ""),
            ("invite.add", "ben@acme", ""),
        ]
        before, after = roles(state)
        assert (before["role"], before["disabled"]) == ("member", 1)
        assert (after["role"], after["disabled"]) == ("admin", None)
        anew = await administrator(town, parse_invite(issued.link).code)
        assert (anew.account, anew.welcome.role) == ("ben@acme", "admin")
        assert await ben.client.is_closed()


@pytest.mark.parametrize("organisation", ["", "Acme", "-acme", "a b", "a@b", "ä", "a" * 33, "a\n"])
def test_an_id_that_cannot_be_in_an_address_is_refused(organisation: str) -> None:
    with pytest.raises(OrganisationInvalid, match="An organisation's id: up to 32 of"):
        new_organisation(organisation, "Acme", "Ada")


@pytest.mark.parametrize(("name", "person"), [("\x1b\u202e", "Ada"), ("Acme", ""), ("A", "\0")])
def test_a_name_that_cannot_be_shown_is_refused(name: str, person: str) -> None:
    with pytest.raises(RefusedInput, match="at least one character"):
        new_organisation("acme", name, person)


def test_an_administrator_is_no_guest() -> None:
    with pytest.raises(OrganisationInvalid, match="kept for guests"):
        new_organisation("acme", "Acme", "Guest Ada")


def test_what_is_not_given_is_made_of_what_is() -> None:
    new = new_organisation("acme", "", "\x1b[1mÁda  Lovelace")
    assert (new.name, new.administrator) == ("acme", "[1mÁda Lovelace")
    assert new_organisation("acme", "", "李").administrator_address == "person@acme"


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("Calls.Acme.example", "calls.acme.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("https://calls.example", ""),
        ("calls.example:443", ""),
        ("calls..example", ""),
        ("a b", ""),
        ("", ""),
        (".".join(["a" * 60] * 5), ""),
    ],
)
def test_a_public_address_is_a_host(given: str, host: str) -> None:
    if host:
        assert checked_public_address(given) == host
    else:
        with pytest.raises(OrganisationInvalid, match="without a port"):
            checked_public_address(given)
