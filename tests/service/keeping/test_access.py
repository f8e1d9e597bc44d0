"""Who lists, exports and deletes what was kept: each row of the table, and the outsider."""

import shutil
from dataclasses import dataclass

import pytest
from msgspec.structs import replace
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.service.keeping.kept_town import (
    CALL,
    FILE,
    SOUND,
    KeptTown,
    delete,
    described,
    listed,
    refused_deletion,
    refused_file,
    ticket,
)
from tests.support.members import Member
from tui_call.service.database.kept import (
    BeginKept,
    BeginPart,
    ClosePart,
    ComeIntoKept,
    EndKept,
    LeaveKept,
)
from tui_call.signaling.kept import MOST_LISTED, AskForFile, KeptList, ListedPerson, ListKept
from tui_call.signaling.messages import Failed

KEPT, RULE, GOES_ON, NOTHING = "a" * 32, "b" * 32, "f" * 32, "0" * 32


@dataclass
class Company:
    """Everybody of the table.

    Attributes:
        starter, peer: were in the call; the first began to record it.
        auditor, administrator, outsider: were not.
    """

    kept: KeptTown
    starter: Member
    peer: Member
    auditor: Member
    administrator: Member
    outsider: Member

    def __getitem__(self, who: str) -> Member:
        member: Member = getattr(self, who)
        return member


@pytest.fixture
async def company(kept: KeptTown) -> Company:
    names = ("administrator", "starter", "peer", "auditor", "outsider")
    people = {name: await kept.town.enrol(name) for name in names}
    await kept.appoint(people["auditor"], "auditor")
    return Company(kept, **people)


@pytest.mark.parametrize(
    ("who", "exports", "deletes"),
    [
        ("starter", True, True),
        ("peer", True, False),
        ("auditor", True, False),
        ("administrator", False, True),
    ],
)
async def test_who_may_know_of_a_recording_exports_and_deletes_it_as_the_table_says(
    company: Company, who: str, exports: bool, deletes: bool
) -> None:
    await company.kept.keep(KEPT, [company.starter, company.peer])
    member = company[who]

    (one,) = await listed(member)
    assert (one.id, one.may_export, one.may_delete) == (KEPT, exports, deletes)
    if exports:
        given = await ticket(member, KEPT)
        fetched = await company.kept.fetch(KEPT, FILE, given.ticket)
        assert (fetched.status, fetched.body) == (200, SOUND)
    else:
        assert (await refused_file(member, KEPT)).code == "kept_not_allowed"
    if deletes:
        await delete(member, KEPT)
        assert await listed(company.starter) == []
        assert not (company.kept.recordings / KEPT).exists()
    else:
        assert (await refused_deletion(member, KEPT)).code == "kept_not_allowed"
        assert (company.kept.recordings / KEPT / FILE).read_bytes() == SOUND


@pytest.mark.parametrize(
    ("who", "exports"),
    [("starter", False), ("peer", False), ("auditor", True), ("administrator", False)],
)
async def test_what_a_rule_recorded_is_exported_by_auditors_alone_and_deleted_by_nobody(
    company: Company, who: str, exports: bool
) -> None:
    await company.kept.keep(RULE, [company.starter, company.peer], by_rule=True)
    member = company[who]

    (one,) = await listed(member)
    assert (one.by, one.may_export, one.may_delete) == ("", exports, False)
    assert (await refused_deletion(member, RULE)).code == "kept_not_allowed"
    if exports:
        assert await ticket(member, RULE)
    else:
        assert (await refused_file(member, RULE)).code == "kept_not_allowed"


async def test_for_anybody_else_it_is_answered_word_for_word_as_what_does_not_exist(
    company: Company,
) -> None:
    await company.kept.keep(KEPT, [company.starter, company.peer])
    await company.kept.keep(RULE, [company.starter], by_rule=True, kind="transcript")
    away = "d" * 32
    await company.kept.keep(away, [company.starter], home="e" * 32)

    assert await listed(company.outsider) == []
    for ask in (refused_file, refused_deletion):
        answers = [await ask(company.outsider, kept) for kept in (NOTHING, KEPT, RULE, away)]
        assert {alike(answer) for answer in answers} == {alike(answers[0])}
        assert answers[0].code == "unknown_kept"
    assert alike(await refused_file(company.outsider, KEPT, "none.opus")) == alike(answers[0])
    exported = await company.kept.audit("recording.export", "recording.delete")
    assert exported == [], "what is refused leaves no row"


async def test_looking_for_what_one_may_not_know_of_asks_the_store_the_same(
    company: Company,
) -> None:
    """It takes the same time because it does the same, which no clock has to say."""
    await company.kept.keep(KEPT, [company.starter, company.peer])
    asked: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM organisation" not in statement:  # a look at the policies, which has its own time
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        counted: list[list[str]] = []
        for kept in (NOTHING, KEPT):
            asked.clear()
            await refused_file(company.outsider, kept)
            counted.append([one for one in asked if one != "BEGIN"])
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    assert counted[0] == counted[1]
    assert any("kept_people" in statement for statement in counted[0])


async def test_a_role_counts_as_it_is_now_and_somebody_elses_past_not_at_all(
    company: Company,
) -> None:
    await company.kept.keep(KEPT, [company.starter, company.peer])
    assert await ticket(company.auditor, KEPT)
    await company.kept.appoint(company.auditor, "member")
    assert (await refused_file(company.auditor, KEPT)).code == "unknown_kept"

    address = f"late@{company.outsider.account.partition('@')[2]}"
    before = company.kept.now - 100
    await company.kept.change(ComeIntoKept(KEPT, address, 9, before))
    late = await company.kept.town.enrol("late")
    assert late.account == address
    assert await listed(late) == [], "the one who had this address before was in the call"
    (one,) = await listed(company.starter)
    names = {person.account: person.name for person in one.people}
    assert (names[address], one.by_name) == (address, "Starter"), "nor is it called like the other"


async def test_who_came_while_it_ran_has_it_also_after_leaving(company: Company) -> None:
    kept, now = company.kept, company.kept.now
    await kept.keep(KEPT, [company.starter], ended=False)
    await kept.change(ComeIntoKept(KEPT, company.peer.account, 2, now + 5))
    await kept.change(LeaveKept(KEPT, company.peer.account, now + 9), EndKept(KEPT, now + 20))
    (one,) = await listed(company.peer)
    names = {person.name for person in one.people}
    assert names == {"Starter", "Peer"}
    assert one.may_export


async def test_an_export_and_a_deletion_are_in_the_audit_before_they_are_done(
    company: Company,
) -> None:
    await company.kept.keep(KEPT, [company.starter, company.peer])
    await ticket(company.peer, KEPT)
    assert await company.kept.audit("recording.export", "recording.delete") == [
        (company.peer.account, "recording.export", KEPT)
    ]
    # What stands where the directory was cannot be deleted as one: the deletion is cut off.
    shutil.rmtree(company.kept.recordings / KEPT)
    (company.kept.recordings / KEPT).write_text("no directory")
    failed = await refused_deletion(company.starter, KEPT)
    assert failed.code == "unavailable"
    assert (await company.kept.audit("recording.delete"))[0][0] == company.starter.account
    assert await listed(company.starter) == [], "from the audit row on nobody finds it"


async def test_what_goes_on_is_listed_and_not_deleted(company: Company) -> None:
    await company.kept.keep(KEPT, [company.starter, company.peer], ended=False)
    (one,) = await listed(company.starter)
    assert (one.state, one.ended, one.may_delete, one.kept_until) == ("running", 0, False, 0)
    assert (await refused_deletion(company.starter, KEPT)).code == "kept_running"
    assert (await refused_deletion(company.administrator, KEPT)).code == "kept_running"


async def test_what_lies_at_another_computer_is_away_for_who_may_know_of_it(
    company: Company,
) -> None:
    await company.kept.keep(KEPT, [company.starter], home="e" * 32, content=b"")
    (one,) = await listed(company.starter)
    assert (one.state, one.may_export, one.may_delete) == ("away", False, False)
    assert (await refused_file(company.starter, KEPT)).code == "kept_away"
    assert (await refused_deletion(company.starter, KEPT)).code == "kept_away"


async def test_what_lies_at_a_computer_that_never_returns_an_administrator_deletes(
    company: Company,
) -> None:
    """Files that come back with their computer after all go with the next sweep there."""
    await company.kept.keep(KEPT, [company.starter], home="e" * 32, content=b"")
    await company.kept.change(BeginPart(KEPT, 2, 1, company.kept.now))  # which nobody closes
    (one,) = await listed(company.administrator)
    assert (one.state, one.may_delete) == ("away", True)
    await delete(company.administrator, KEPT)
    assert await listed(company.starter) == []
    assert [row[1:] for row in await company.kept.audit("recording.delete")] == [
        ("recording.delete", KEPT)
    ]
    assert await company.kept.known() == [KEPT], "for its own service to delete the files"
    await company.kept.keep(RULE, [company.starter], home="e" * 32, content=b"", by_rule=True)
    assert (await refused_deletion(company.administrator, RULE)).code == "kept_not_allowed"
    await company.kept.keep(GOES_ON, [company.starter], home="e" * 32, content=b"", ended=False)
    assert (await refused_deletion(company.administrator, GOES_ON)).code == "kept_running"


async def test_what_is_over_is_being_finished_until_its_last_part_is_closed(
    company: Company,
) -> None:
    kept = company.kept
    await kept.keep(KEPT, [company.starter], ended=False)
    await kept.change(BeginPart(KEPT, 2, 1, kept.now))
    states = list[tuple[str, bool]]()
    for change in (EndKept(KEPT, kept.now), ClosePart(KEPT, 2, kept.now, 1.0), None):
        (one,) = await listed(company.starter)
        states.append((one.state, one.finishing))
        if change is not None:
            await kept.change(change)
    assert states == [("running", False), ("running", True), ("whole", False)]


async def test_a_list_says_who_when_how_long_and_until_when(company: Company) -> None:
    kept, now = company.kept, company.kept.now
    await kept.keep(KEPT, [company.starter, company.peer], why="N_DISK", keep_days=7)
    track = described("track-2-2.opus", b"x" * 10)
    await kept.change(BeginPart(KEPT, 2, 1, now), ClosePart(KEPT, 2, now, 2.5, (track,)))
    (one,) = await listed(company.peer)
    assert (one.kind, one.call, one.by, one.by_name) == (
        "recording", CALL, company.starter.account, "Starter",
    )  # fmt: skip
    assert (one.began, one.ended, one.seconds) == (now - 3600, now, 3602.5)
    assert one.call_began == one.began - 60
    assert one.state == "cut_short"
    assert one.people == (
        ListedPerson(company.starter.account, "Starter", 1),
        ListedPerson(company.peer.account, "Peer", 2),
    )
    assert [(file.name, file.size, file.part, file.person) for file in one.files] == [
        (FILE, len(SOUND), 1, ""),
        ("track-2-2.opus", 10, 2, company.peer.account),
    ]
    assert one.kept_until == now + 7 * 86_400, "the policy's days are fewer than the service's"


async def test_a_long_list_comes_in_pages_that_leave_nothing_out(company: Company) -> None:
    kept, now = company.kept, company.kept.now
    ids = [f"{number:032x}" for number in range(1, MOST_LISTED + 30)]
    for number, one in enumerate(ids):
        # Three begin in each second, so that a page of a hundred would end within one.
        began = now - number // 3
        await kept.change(
            BeginKept(one, "transcript", CALL, began, kept.home, company.starter.account, 0, began),
            ComeIntoKept(one, company.starter.account, 1, now),
        )
    found: list[str] = []
    before, more = 0, True
    while more:
        page = await company.starter.client.ask(
            lambda number: ListKept(number, "", before),  # noqa: B023 - asked at once
            KeptList,
        )
        assert 0 < len(page.kept) <= MOST_LISTED
        found += [one.id for one in page.kept]
        before, more = page.kept[-1].began, page.more
    assert sorted(found) == ids
    assert await listed(company.starter, "recording") == []


async def test_a_page_fits_a_frame_whatever_is_in_it(company: Company) -> None:
    await company.kept.keep(KEPT, [company.starter])
    files = tuple(described(f"track-{n}-2.opus", b"") for n in range(2, 900))
    now = company.kept.now
    await company.kept.change(BeginPart(KEPT, 2, 1, now), ClosePart(KEPT, 2, now, 1.0, files))
    (one,) = await listed(company.starter)
    assert len(one.files) >= 200


async def test_who_brings_many_into_a_call_hides_neither_what_was_kept_of_it_nor_what_is_older(
    company: Company,
) -> None:
    older, now = "0" * 32, company.kept.now
    await company.kept.keep(KEPT, [company.starter])
    began = BeginKept(older, "recording", CALL, 1, company.kept.home, "", 0, 1)
    came = [ComeIntoKept(KEPT, f"{n:0100}@acme", n, now) for n in range(2, 900)]
    files = tuple(described(f"track-{n}-2.opus", b"") for n in range(2, 900))
    part = BeginPart(KEPT, 2, 1, now), ClosePart(KEPT, 2, now, 1.0, files)
    await company.kept.change(
        *came, *part, began, ComeIntoKept(older, company.starter.account, 1, now)
    )
    one, other = await listed(company.starter)
    assert (one.id, other.id) == (KEPT, older)
    assert min(len(one.files), len(one.people)) >= 50


async def test_an_account_that_asks_without_end_is_told_to_slow_down(company: Company) -> None:
    await company.kept.keep(KEPT, [company.starter])
    for _ in range(90):
        number = company.starter.client.requests = company.starter.client.requests + 1
        await company.starter.client.say(AskForFile(number, KEPT, FILE))
    failed = await company.starter.client.hear(Failed)
    assert failed.code == "rate"


def alike(answer: Failed) -> Failed:
    """Return an answer without the number of the question."""
    return replace(answer, request=0)
