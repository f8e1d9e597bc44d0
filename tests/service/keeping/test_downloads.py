"""`GET /v1/kept/ID/FILE`: once, soon, one file, for the device that asked; nothing for others."""

import asyncio
import hashlib
import os
import ssl
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientResponse

from tests.service.keeping.kept_town import (
    FILE,
    SOUND,
    Fetched,
    KeptTown,
    delete,
    described,
    ticket,
)
from tests.support.members import Clock, Member, soon
from tui_call.service.arrivals import Arrival
from tui_call.service.database.kept import BeginPart, ClosePart
from tui_call.service.keeping.downloads import LOOKED_EACH, MOST_AT_ONCE
from tui_call.service.keeping.files import KeptFiles
from tui_call.service.keeping.tickets import MOST_OF_DEVICE, Tickets
from tui_call.signaling.kept import PATH, TICKET_HEADER, TICKET_SECONDS, AskForFile
from tui_call.signaling.messages import Done, RemoveDevice

KEPT, OTHER = "a" * 32, "b" * 32
NOTHING = 404


@pytest.fixture
async def ada(kept: KeptTown) -> Member:
    await kept.town.enrol("administrator")
    ada = await kept.town.enrol("ada")
    await kept.keep(KEPT, [ada])
    return ada


def without_date(answer: Fetched) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name != "Date"}
    return answer.status, answer.body, headers


async def test_a_file_comes_whole_with_the_hash_that_was_told(kept: KeptTown, ada: Member) -> None:
    given = await ticket(ada, KEPT)
    fetched = await kept.fetch(KEPT, FILE, given.ticket)
    assert fetched.status == 200
    assert (len(fetched.body), hashlib.sha256(fetched.body).hexdigest()) == (
        given.size, given.sha256,
    )  # fmt: skip
    assert fetched.headers["Cache-Control"] == "no-store"


async def test_a_ticket_is_good_once(kept: KeptTown, ada: Member) -> None:
    given = await ticket(ada, KEPT)
    both = await asyncio.gather(*(kept.fetch(KEPT, FILE, given.ticket) for _ in range(2)))
    assert sorted(answer.status for answer in both) == [200, NOTHING]
    assert (await kept.fetch(KEPT, FILE, given.ticket)).status == NOTHING


async def test_a_ticket_is_good_for_a_minute(kept: KeptTown, ada: Member) -> None:
    tickets = [await ticket(ada, KEPT) for _ in range(2)]
    kept.town.clock.now += TICKET_SECONDS - 1
    assert (await kept.fetch(KEPT, FILE, tickets[0].ticket)).status == 200
    kept.town.clock.now += 1
    assert (await kept.fetch(KEPT, FILE, tickets[1].ticket)).status == NOTHING


async def test_a_ticket_is_good_for_its_file_alone_and_used_up_by_trying_another(
    kept: KeptTown, ada: Member
) -> None:
    await kept.keep(OTHER, [ada])
    track = described("track-1-2.opus", b"track")
    await kept.change(BeginPart(KEPT, 2, 1, kept.now), ClosePart(KEPT, 2, kept.now, 1.0, (track,)))
    kept.put(KEPT, track.name, b"track")
    for where, name in ((OTHER, FILE), (KEPT, track.name)):
        given = await ticket(ada, KEPT)
        assert (await kept.fetch(where, name, given.ticket)).status == NOTHING
        assert (await kept.fetch(KEPT, FILE, given.ticket)).status == NOTHING
    given = await ticket(ada, KEPT, track.name)
    assert (await kept.fetch(KEPT, track.name, given.ticket)).body == b"track"


async def test_a_device_that_was_removed_since_it_asked_gets_nothing(
    kept: KeptTown, ada: Member
) -> None:
    given = await ticket(ada, KEPT)
    await ada.client.ask(lambda number: RemoveDevice(number, ada.device), Done)
    assert (await kept.fetch(KEPT, FILE, given.ticket)).status == NOTHING


async def test_a_device_that_is_removed_gets_no_more_of_what_it_is_being_sent(
    kept: KeptTown, ada: Member
) -> None:
    await kept.keep(OTHER, [ada], content=SOUND * 200)  # more than sockets of the system take in
    headers = {TICKET_HEADER: (await ticket(ada, OTHER)).ticket}
    url = kept.town.url(f"{PATH}/{OTHER}/{FILE}")
    async with kept.town.http.get(url, headers=headers, ssl=kept.town.pinned) as answer:
        assert await answer.content.readexactly(len(SOUND)) == SOUND
        await ada.client.ask(lambda number: RemoveDevice(number, ada.device), Done)
        kept.town.clock.now += LOOKED_EACH
        with pytest.raises(ClientError):
            await soon(answer.read())


async def test_who_lost_the_right_since_asking_gets_nothing(kept: KeptTown, ada: Member) -> None:
    auditor = await kept.town.enrol("auditor")
    await kept.appoint(auditor, "auditor")
    given = await ticket(auditor, KEPT)
    await kept.appoint(auditor, "member")
    assert (await kept.fetch(KEPT, FILE, given.ticket)).status == NOTHING


async def test_many_tickets_of_one_device_take_none_from_another() -> None:
    tickets = Tickets(Clock())
    own = tickets.give("bob", KEPT, FILE)
    many = [tickets.give("ada", KEPT, FILE) for _ in range(MOST_OF_DEVICE + 1)]
    assert tickets.take(many[0]) is None
    taken = [tickets.take(one) for one in (*many[1:], own)]
    assert [claim.device for claim in taken if claim] == ["ada"] * MOST_OF_DEVICE + ["bob"]


async def test_of_one_device_only_some_files_are_on_their_way_at_once(
    kept: KeptTown, ada: Member
) -> None:
    await kept.keep(OTHER, [ada], content=SOUND * 100)
    url = kept.town.url(f"{PATH}/{OTHER}/{FILE}")
    async with AsyncExitStack() as under_way:
        answers = list[ClientResponse]()
        for _ in range(MOST_AT_ONCE):
            headers = {TICKET_HEADER: (await ticket(ada, OTHER)).ticket}
            asked = kept.town.http.get(url, headers=headers, ssl=kept.town.pinned)
            answers.append(await under_way.enter_async_context(asked))
        assert {answer.status for answer in answers} == {200}
        assert (await kept.fetch(KEPT, FILE, (await ticket(ada, KEPT)).ticket)).status == 429
        await answers[0].read()
        assert (await kept.fetch(KEPT, FILE, (await ticket(ada, KEPT)).ticket)).body == SOUND


@pytest.mark.parametrize(
    ("asked", "status", "part", "said"),
    [
        ("bytes=0-9", 206, slice(0, 10), f"bytes 0-9/{len(SOUND)}"),
        ("bytes=255990-", 206, slice(255_990, None), f"bytes 255990-255999/{len(SOUND)}"),
        ("bytes=-4", 206, slice(-4, None), f"bytes 255996-255999/{len(SOUND)}"),
        ("bytes=255999-400000", 206, slice(255_999, None), f"bytes 255999-255999/{len(SOUND)}"),
        ("bytes=256000-", 416, slice(0, 0), f"bytes */{len(SOUND)}"),
        ("bytes=9-3", 416, slice(0, 0), f"bytes */{len(SOUND)}"),
        ("lines=1-2", 416, slice(0, 0), f"bytes */{len(SOUND)}"),
    ],
)
async def test_a_range_is_what_is_asked_for(
    kept: KeptTown, ada: Member, asked: str, status: int, part: slice, said: str
) -> None:
    given = await ticket(ada, KEPT)
    fetched = await kept.fetch(KEPT, FILE, given.ticket, Range=asked)
    assert (fetched.status, fetched.headers["Content-Range"]) == (status, said)
    assert fetched.body == (SOUND[part] if status == 206 else b"")


async def test_a_file_is_put_together_of_ranges_with_a_ticket_each(
    kept: KeptTown, ada: Member
) -> None:
    whole = b""
    while len(whole) < len(SOUND):
        given = await ticket(ada, KEPT)
        last = len(whole) + 99_999
        fetched = await kept.fetch(KEPT, FILE, given.ticket, Range=f"bytes={len(whole)}-{last}")
        whole += fetched.body
    assert whole == SOUND


async def test_who_has_no_ticket_gets_one_answer_whatever_there_is(
    kept: KeptTown, ada: Member
) -> None:
    asked = [(KEPT, FILE), (KEPT, "none.opus"), (OTHER, FILE), ("x", "y")]
    answers = [
        without_date(await kept.fetch(where, name, given))
        for where, name in asked
        for given in ("", "x" * 43, "\xff")
    ]
    assert {str(answer) for answer in answers} == {str(answers[0])}
    assert answers[0][:2] == (NOTHING, b"")
    assert await kept.audit("recording.export") == []


async def test_strangers_who_guess_are_soon_not_answered_and_members_are(
    kept: KeptTown, ada: Member
) -> None:
    given = await ticket(ada, KEPT)
    statuses: list[int] = []
    while 429 not in statuses:
        try:
            statuses.append((await kept.fetch(KEPT, FILE, "guess")).status)
        except OSError:  # the address has nothing left, and is not let in
            break
    assert len(statuses) < 80, "a guess costs as a failed login does"
    kept.town.clock.now += 20
    assert (await kept.fetch(KEPT, FILE, given.ticket)).status == 200


@pytest.mark.parametrize(
    "path",
    [
        f"{KEPT}/..%2F..%2Fservice.db",
        f"{KEPT}/%2e%2e/service.db",
        f"..%2F{KEPT}/{FILE}",
        f"%2e%2e/{FILE}",
        f"{KEPT}/%2Fetc%2Fpasswd",
        f"{KEPT}/{FILE}%00",
        f"{KEPT}//{FILE}",
        f"{KEPT}/mix-1.opus/",
    ],
)
async def test_no_path_leads_elsewhere(kept: KeptTown, ada: Member, path: str) -> None:
    given = await ticket(ada, KEPT)
    where, _, name = path.partition("/")
    fetched = await kept.fetch(where, name, given.ticket)
    assert (fetched.status, b"SQLite" in fetched.body) == (NOTHING, False)


@pytest.mark.parametrize("name", ["../service.db", "..", "/etc/passwd", "mix-1.opus/.", ""])
async def test_no_name_of_a_file_leads_elsewhere(kept: KeptTown, ada: Member, name: str) -> None:
    """Such a name does not even pass as a message, and no file of that name is opened."""
    assert (await ada.client.fails(AskForFile(1, KEPT, name))).code == "malformed"
    assert KeptFiles(kept.recordings).open(KEPT, name) is None
    assert KeptFiles(kept.recordings).open("..", "service.db") is None


async def test_a_link_is_not_followed(kept: KeptTown, ada: Member, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    place = kept.recordings / KEPT
    given = await ticket(ada, KEPT)
    (place / FILE).unlink()
    (place / FILE).symlink_to(secret)
    assert (await kept.fetch(KEPT, FILE, given.ticket)).status == NOTHING

    (place / FILE).unlink()
    (place / FILE).write_bytes(b"secret")
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    given = await ticket(ada, KEPT)
    assert (await kept.fetch(KEPT, FILE, given.ticket)).status == NOTHING


async def test_what_is_no_file_is_not_waited_for(kept: KeptTown, ada: Member) -> None:
    given = await ticket(ada, KEPT)
    (kept.recordings / KEPT / FILE).unlink()
    getattr(os, "mkfifo", os.mkdir)(kept.recordings / KEPT / FILE)
    assert (await kept.fetch(KEPT, FILE, given.ticket)).status == NOTHING


async def test_what_is_deleted_while_it_is_read_is_read_to_its_end(
    kept: KeptTown, ada: Member
) -> None:
    large = SOUND * 40
    await kept.keep(OTHER, [ada], content=large)
    given = await ticket(ada, OTHER)
    url = kept.town.url(f"{PATH}/{OTHER}/{FILE}")
    async with kept.town.http.get(
        url, headers={TICKET_HEADER: given.ticket}, ssl=kept.town.pinned
    ) as answer:
        begun = await answer.content.readexactly(1000)
        await delete(ada, OTHER)
        assert not (kept.recordings / OTHER).exists()
        assert begun + await answer.read() == large


async def test_who_reads_nothing_is_cut_and_holds_nobody_up(
    kept: KeptTown, ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    was_cut, cut = asyncio.Event(), Arrival.cut

    def spy(arrival: Arrival) -> None:
        cut(arrival)
        was_cut.set()

    monkeypatch.setattr(Arrival, "cut", spy)
    monkeypatch.setattr("tui_call.service.keeping.downloads.PIECE_WITHIN", 0.5)
    size = 200 * len(SOUND)  # more than sockets of the system take in
    await kept.keep(OTHER, [ada], content=SOUND * 200)
    given = await ticket(ada, OTHER)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", kept.town.port, ssl=any_certificate(), limit=1024
    )
    head = f"GET {PATH}/{OTHER}/{FILE} HTTP/1.1\r\nHost: x\r\n{TICKET_HEADER}: {given.ticket}\r\n"
    writer.write(f"{head}\r\n".encode())
    other = await ticket(ada, KEPT)
    assert (await kept.fetch(KEPT, FILE, other.ticket)).body == SOUND
    await soon(was_cut.wait())
    with pytest.raises((OSError, asyncio.IncompleteReadError)):
        await reader.readexactly(size)
    writer.transport.abort()


def any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
