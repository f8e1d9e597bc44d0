"""Administrators over the wire: who may ask what, drafts, pages, and what others hear of it."""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from tests.support.members import Clock, Identity, Member, Town
from tests.support.members import town as run_town
from tui_call.service import login
from tui_call.signaling import messages
from tui_call.signaling.administration import (
    MOST_BODY,
    MOST_DRAFT,
    MOST_OPERATIONS,
    AskReport,
    Change,
    ExtendDraft,
    FindChanges,
    FindPeople,
    MoreOfOutcome,
    Request,
    ShowChange,
    encode,
)
from tui_call.signaling.administration_answers import (
    Answer,
    ChangeOutcome,
    ChangesFound,
    DraftExtended,
    NotDone,
    PeopleFound,
    Reported,
    answer_of,
)
from tui_call.signaling.administration_rows import (
    ChangedRow,
    Effect,
)
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.messages import (
    Administer,
    Administered,
    CreateInvite,
    Failed,
    InviteCreated,
    LinkDevice,
    NameChanged,
    RoleChanged,
    Welcome,
)
from tui_call.signaling.operations import (
    MOST_GROUPS,
    AddPerson,
    ChangeRole,
    DisablePerson,
    EnablePerson,
    InvitePerson,
    NewGroup,
    Operation,
    PutPerson,
    RemovePerson,
    Revert,
    RevokeDevice,
    SetPolicy,
)

PART = 200
"""Operations of one part, which fit a frame."""

A = TypeVar("A", bound=Answer)


@dataclass
class Office:
    """A service with an administrator, Ada, and a member, Bob."""

    town: Town
    ada: Member
    bob: Member


@pytest.fixture
async def office(tmp_path: Path, clock: Clock) -> AsyncIterator[Office]:
    async with run_town(tmp_path / "state", clock) as town:
        yield Office(town, await town.enrol("ada"), await town.enrol("bob"))


async def ask(member: Member, request: Request, kind: type[A]) -> A:
    answer = await member.client.ask(lambda n: Administer(n, encode(request)), Administered)
    assert len(bytes(answer.body)) <= MOST_BODY
    body = answer_of(msgspec.json.decode(answer.body))
    assert isinstance(body, kind), body
    return body


async def do(member: Member, *operations: Operation) -> ChangeOutcome:
    return await ask(member, Change(operations=operations), ChangeOutcome)


async def draft(member: Member, name: str, operations: Iterable[Operation]) -> int:
    """Send operations in parts; return how many the draft has at last."""
    waiting, held = list(operations), 0
    while waiting:
        part, waiting = ExtendDraft(draft=name, operations=tuple(waiting[:PART])), waiting[PART:]
        held = (await ask(member, part, DraftExtended)).operations
    return held


async def test_a_member_may_neither_read_nor_change(office: Office) -> None:
    for request in (FindPeople(), Change(operations=(NewGroup(name="g"),)), AskReport()):
        refused = await office.bob.client.ask(
            lambda n, request=request: Administer(n, encode(request)), Failed
        )
        assert refused.code == "not_allowed"
    found = await ask(office.ada, FindChanges(actor=office.bob.account), ChangesFound)
    assert {change.action for change in found.changes} <= {"account.add", "device.enrol"}


async def test_an_auditor_reads_and_does_not_change_from_the_moment_of_the_role(
    office: Office,
) -> None:
    bob = office.bob
    await do(office.ada, ChangeRole(account=bob.account, role="auditor"))
    assert (await bob.client.hear(RoleChanged)).role == "auditor"
    assert (await ask(bob, FindPeople(text="BOB"), PeopleFound)).people[0].role == "auditor"
    change = encode(Change(operations=(NewGroup(name="g"),)))
    assert (await bob.client.ask(lambda n: Administer(n, change), Failed)).code == "not_allowed"
    await do(office.ada, ChangeRole(account=bob.account, role="admin"))
    await do(bob, ChangeRole(account=office.ada.account, role="member"))
    refused = await office.ada.client.ask(lambda n: Administer(n, change), Failed)
    assert refused.code == "not_allowed", "a demotion waits for no reconnect"


async def test_a_long_change_comes_in_parts_and_its_outcome_in_pages(office: Office) -> None:
    people = [PutPerson(address=f"p{n:04}", name="N" * 40, groups=("all",)) for n in range(1_200)]
    assert await draft(office.ada, "people", people) == 1_200
    tried = await ask(office.ada, Change(draft="people", what_if=True), ChangeOutcome)
    outcome = await ask(office.ada, Change(draft="people"), ChangeOutcome)
    assert (tried.all_rows, tried.change) == (outcome.all_rows, 0)
    rows: list[ChangedRow] = list(outcome.rows)
    effects: list[Effect] = list(outcome.effects)
    while len(rows) < outcome.all_rows:
        more = MoreOfOutcome(rows=len(rows), effects=len(effects))
        page = await ask(office.ada, more, ChangeOutcome)
        assert page.rows
        rows += page.rows
    put = {row.key for row in rows if row.table == "person"}
    assert put == {f"p{n:04}@{office.town.service.organisation.id}" for n in range(1_200)}
    assert len(rows) == outcome.all_rows
    spent = await ask(office.ada, Change(draft="people"), NotDone)
    assert spent.problems[0].code == "A_NO_DRAFT"


async def test_a_draft_belongs_to_its_connection_and_goes_with_it(office: Office) -> None:
    ada = office.ada
    await do(ada, ChangeRole(account=office.bob.account, role="admin"))
    await draft(ada, "mine", [NewGroup(name="g")])
    for other in (office.bob, await office.town.log_in(ada.identity)):
        missing = await ask(other, Change(draft="mine"), NotDone)
        assert missing.problems[0].code == "A_NO_DRAFT"
    assert (await ask(office.bob, MoreOfOutcome(rows=0, effects=0), NotDone)).why == "input"


async def test_a_draft_beyond_all_measure_is_refused_and_gone(office: Office) -> None:
    part = tuple(NewGroup(name=f"g{n}") for n in range(MOST_OPERATIONS))
    parts = MOST_DRAFT // MOST_OPERATIONS
    for _ in range(parts):
        office.town.clock.now += 1
        extended = await ask(office.ada, ExtendDraft(draft="d", operations=part), DraftExtended)
    assert extended.operations == MOST_DRAFT
    full = await ask(office.ada, ExtendDraft(draft="d", operations=part), NotDone)
    assert full.problems[0].code == "A_DRAFT_FULL"
    gone = await ask(office.ada, Change(draft="d"), NotDone)
    assert gone.problems[0].code == "A_NO_DRAFT"


async def test_of_thousands_of_problems_twenty_are_told(office: Office) -> None:
    await draft(office.ada, "bad", [AddPerson(address=f"no address {n}") for n in range(3_000)])
    not_done = await ask(office.ada, Change(draft="bad"), NotDone)
    assert (len(not_done.problems), not_done.all_problems) == (20, 3_000)


async def test_a_body_that_is_no_request_is_malformed_and_the_connection_goes_on(
    office: Office,
) -> None:
    deep = b'{"ask":"find_people","x":' + b"[" * 25_000 + b"]" * 25_000 + b"}"
    for body in (deep, b'{"ask":"find_people","most":"all"}', b"{}", b"7", b'{"ask":"own"}'):
        frame = messages.encode(Administer(3, msgspec.Raw(body)))
        assert (await office.ada.client.fails(frame)).code == "malformed"
    assert (await ask(office.ada, FindPeople(), PeopleFound)).all == 2


@pytest.mark.parametrize(
    "wanted",
    [
        ShowChange(change=2**63),
        Change(operations=(Revert(change=-(2**70)),)),
        Change(operations=(PutPerson(address="eve", external_id="a\0b", source="hr"),)),
        Change(operations=(PutPerson(address="eve", groups=("g",) * (MOST_GROUPS + 1)),)),
        Change(operations=(SetPolicy(name="calls", terms={f"t{n}": True for n in range(999)}),)),
    ],
    ids=["large number", "low number", "NUL", "groups", "terms"],
)
async def test_what_no_store_keeps_as_it_came_or_is_too_much_is_malformed(
    office: Office, wanted: Request
) -> None:
    refused = await office.ada.client.ask(lambda n: Administer(n, encode(wanted)), Failed)
    assert refused.code == "malformed"


async def test_who_is_disabled_is_turned_out_and_let_in_when_enabled_again(office: Office) -> None:
    town, bob = office.town, office.bob
    await do(office.ada, DisablePerson(account=bob.account))
    failed = await bob.client.hear(Failed)
    assert (failed.code, failed.disabled_by) == ("login_refused", town.service.organisation.name)
    assert await bob.client.is_closed()
    client = await town.visit()
    proof = bob.identity.login(await client.greet(), town.service.place.pin, int(town.clock()))
    assert (await client.fails(proof)).disabled_by
    await do(office.ada, EnablePerson(account=bob.account))
    assert (await town.log_in(bob.identity)).account == bob.account


async def test_who_is_disabled_in_mid_login_does_not_stay(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, bob = office.town, office.bob
    await town.leave(bob)
    checked = login.check_login

    async def disabled_meanwhile(*given: object, **named: object) -> object:
        record = await checked(*given, **named)  # type: ignore[arg-type]
        await do(office.ada, DisablePerson(account=bob.account))
        return record

    monkeypatch.setattr(login, "check_login", disabled_meanwhile)
    client = await town.visit()
    proof = bob.identity.login(await client.greet(), town.service.place.pin, int(town.clock()))
    await client.say(proof)
    assert (await client.hear(Failed)).disabled_by
    assert await client.is_closed()


async def test_no_device_is_added_to_somebody_disabled_by_a_link_of_before(office: Office) -> None:
    town, bob = office.town, office.bob
    linked = (await bob.client.ask(LinkDevice, InviteCreated)).link
    await do(office.ada, DisablePerson(account=bob.account))
    stranger, client = Identity(), await town.visit()
    await client.greet()
    spent = stranger.enrolment(parse_invite(linked).code, "eve")
    assert (await client.fails(spent)).code == "invite_unknown"
    await do(office.ada, EnablePerson(account=bob.account))
    assert (await ask(office.ada, FindPeople(text="bob"), PeopleFound)).people[0].devices == 1
    await client.greet()
    await client.say(spent)
    assert (await client.hear(Welcome)).account == bob.account, "nothing was spent"


LOSES = {
    "a role": lambda bob: ChangeRole(account=bob.account, role="auditor"),
    "the way in": lambda bob: DisablePerson(account=bob.account),
    "the device": lambda bob: RevokeDevice(device=bob.device),
}


@pytest.mark.parametrize("what", LOSES)
async def test_nobody_comes_in_by_what_a_former_administrator_has_in_store(
    office: Office, what: str
) -> None:
    town, ada, bob = office.town, office.ada, office.bob
    await do(ada, ChangeRole(account=bob.account, role="admin"))
    (of_ada,) = (await do(bob, InvitePerson(account=ada.account))).links
    of_anybody = await bob.client.ask(CreateInvite, InviteCreated)
    lost = await do(ada, LOSES[what](bob))
    for link in (of_ada.link, of_anybody.link):
        client = await town.visit()
        await client.greet()
        spent = Identity().enrolment(parse_invite(link).code, "eve")
        assert (await client.fails(spent)).code == "invite_unknown"
    everybody = (await ask(ada, FindPeople(), PeopleFound)).people
    assert {person.account for person in everybody} == {ada.account, bob.account}
    await do(ada, Revert(change=lost.change))
    cleo = await town.enrol("cleo", code=parse_invite(of_anybody.link).code)
    assert cleo.account.startswith("cleo@"), "nothing was spent"


async def test_an_invite_outlives_a_demotion_of_somebody_else_and_other_devices(
    office: Office,
) -> None:
    town, ada, bob = office.town, office.ada, office.bob
    linked = parse_invite((await ada.client.ask(LinkDevice, InviteCreated)).link).code
    phone = await town.enrol("ada", code=linked)
    await do(ada, ChangeRole(account=bob.account, role="admin"))
    (of_bob,) = (await do(ada, InvitePerson(account=bob.account))).links
    await do(ada, ChangeRole(account=bob.account, role="member"))
    await do(ada, RevokeDevice(device=phone.device))
    again = await town.enrol("bob", code=parse_invite(of_bob.link).code)
    assert (again.account, again.welcome.role) == (bob.account, "member")


async def test_a_revoked_device_and_a_removed_person_are_turned_out(office: Office) -> None:
    town, bob, cleo = office.town, office.bob, await office.town.enrol("cleo")
    await do(office.ada, RevokeDevice(device=bob.device))
    await do(office.ada, RemovePerson(account=cleo.account))
    for member in (bob, cleo):
        assert (await member.client.hear(Failed)).code == "device_revoked"
        assert await member.client.is_closed()
    client = await town.visit()
    proof = cleo.identity.login(await client.greet(), town.service.place.pin, int(town.clock()))
    assert (await client.fails(proof)).code == "login_refused", "nobody knows that device any more"


async def test_somebody_whom_a_file_calls_otherwise_hears_of_it(office: Office) -> None:
    await do(office.ada, PutPerson(address=office.bob.account, name="Robert"))
    assert (await office.bob.client.hear(NameChanged)).name == "Robert"


async def test_the_audit_keeps_from_which_device_and_address(office: Office) -> None:
    await do(office.ada, NewGroup(name="g"))
    found = await ask(office.ada, FindChanges(most=1), ChangesFound)
    (change,) = found.changes
    assert (change.actor, change.device) == (office.ada.account, office.ada.device)
    assert change.address == "127.0.0.1"
    assert found.next == str(change.change)


async def test_how_far_a_policy_has_come_is_told_in_a_frame(office: Office) -> None:
    reported = await ask(office.ada, AskReport(), Reported)
    assert [(row.policy, row.value, row.people, row.turned_on) for row in reported.rows] == [
        ("organisation", "disabled", 2, 0)
    ]
    assert json.loads(msgspec.json.encode(reported))
