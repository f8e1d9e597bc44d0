"""The engine's link to a service that misbehaves, and what it says of it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.metadata import version
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web

from tests.engine.guests import SOON, Guests, anybody, until
from tui_call.engine.service import door as service_door
from tui_call.engine.service import faults as service_faults
from tui_call.engine.service import link as service_link
from tui_call.engine.service import link_state
from tui_call.engine.service.faults import (
    DeviceRevoked,
    NoAnswer,
    ServiceAway,
)
from tui_call.engine.service.link_state import Backoff, LinkState
from tui_call.sentences import sentence
from tui_call.service.certificate import open_certificate
from tui_call.signaling import messages
from tui_call.signaling.invite import InviteLink
from tui_call.signaling.messages import (
    Challenge,
    Failed,
    ListPeople,
    People,
    Policy,
    Relays,
    ServiceMessage,
    Welcome,
)

POLICY = Policy("p", "organisation", "disabled")
WELCOME = Welcome("ada@home", "Ada", "member", POLICY, "off", 1)


@pytest.fixture
async def people() -> AsyncIterator[Guests]:
    async with Guests() as guests:
        yield guests


@pytest.fixture(autouse=True)
def _one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_state, "FIRST_WAIT", 3_600.0)


@contextlib.asynccontextmanager
async def scripted(tmp_path: Path, play: Callable[..., object]) -> AsyncIterator[InviteLink]:
    async def accept(request: web.Request) -> web.WebSocketResponse:
        frames = web.WebSocketResponse(timeout=0.1)
        await frames.prepare(request)
        await play(frames)  # type: ignore[misc]
        return frames

    async with serving(tmp_path, accept) as invite:
        yield invite


@contextlib.asynccontextmanager
async def serving(
    tmp_path: Path, accept: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> AsyncIterator[InviteLink]:
    application = web.Application()
    application.router.add_get("/v1", accept)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    certificate = open_certificate(tmp_path)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificate.context)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield InviteLink("127.0.0.1", port, "code", certificate.pin)
    finally:
        await runner.cleanup()


async def welcome(frames: web.WebSocketResponse, message: Welcome = WELCOME) -> None:
    await frames.receive()
    await say(frames, Challenge(1, "home", "Home", bytes(32)))
    await frames.receive()
    await say(frames, message)


async def say(frames: web.WebSocketResponse, message: ServiceMessage | str) -> None:
    await frames.send_str(message if isinstance(message, str) else messages.encode(message))


async def rest(frames: web.WebSocketResponse) -> None:
    async for _ in frames:
        pass


MALFORMED = ["", "{", "[]", '{"type": "nobody"}', '{"type": "deliver"}', "[" * 10_000]


async def test_malformed_messages_of_the_service_are_skipped(
    tmp_path: Path, people: Guests
) -> None:
    async def play(frames: web.WebSocketResponse) -> None:
        await welcome(frames)
        for frame in MALFORMED:
            await say(frames, frame)
        await frames.send_bytes(b"bytes")
        await say(frames, People(99, ()))  # an answer that nobody waits for
        await say(frames, Failed("rate", "", 98))
        await say(frames, Failed("rate", "too fast", 0))
        await rest(frames)

    async with scripted(tmp_path, play) as invite:
        person = people.connect(invite, anybody())
        assert await person.hears(Failed) == Failed("rate", "too fast", 0)
        assert person.heard == [WELCOME, Failed("rate", "too fast", 0)]
        assert person.link.state is LinkState.ONLINE


@pytest.mark.parametrize(
    "first", [MALFORMED[0], MALFORMED[-1], messages.encode(WELCOME), "x" * 200_000], ids=len
)
async def test_a_service_that_greets_wrongly_is_away(
    tmp_path: Path, people: Guests, first: str
) -> None:
    async def play(frames: web.WebSocketResponse) -> None:
        await frames.receive()
        await say(frames, first)
        await rest(frames)

    async with scripted(tmp_path, play) as invite:
        person = people.connect(invite, anybody())
        await until(lambda: person.link.state is LinkState.AWAY)
        with pytest.raises(ServiceAway):
            await people.enrol(invite, "ada")


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("login_refused", LinkState.REFUSED),
        ("version", LinkState.OLD_CLIENT),
        ("clock", LinkState.CLOCK_DIFFERS),
        ("rate", LinkState.BUSY),
        ("unavailable", LinkState.BUSY),
    ],
)
async def test_what_time_can_mend_is_said_and_tried_again(
    tmp_path: Path, people: Guests, code: messages.FailureCode, state: LinkState
) -> None:
    refusing = True

    async def play(frames: web.WebSocketResponse) -> None:
        if refusing:
            await frames.receive()
            await say(frames, Failed(code, "words of the service"))
        else:
            await welcome(frames)
        await rest(frames)

    async with scripted(tmp_path, play) as invite:
        person = people.connect(invite, anybody())
        await until(lambda: person.link.state is state)
        assert "words of the service" not in str(person.link.fault)
        assert not person.running.done()
        refusing = False
        person.link.retry_now()
        await person.hears(Welcome)


async def test_a_client_that_is_too_old_says_which_version_is_needed_and_which_it_is(
    tmp_path: Path, people: Guests
) -> None:
    async def play(frames: web.WebSocketResponse) -> None:
        await frames.receive()
        await say(frames, Failed("version", "words", min_client="9.4\x1b[2J"))
        await rest(frames)

    async with scripted(tmp_path, play) as invite:
        person = people.connect(invite, anybody())
        await until(lambda: person.link.state is LinkState.OLD_CLIENT)
    fault = person.link.fault
    assert isinstance(fault, service_faults.ServiceRefused)
    assert fault.sentence.code == "R_OLD_CLIENT"
    own = version("tui-call")
    assert str(fault) == f"The service needs tui-call 9.4[2J or newer; this is {own}. Update it."


@pytest.mark.parametrize(("status", "state"), [(429, LinkState.BUSY), (503, LinkState.BUSY)])
async def test_a_service_that_lets_nobody_in_is_not_told_as_away(
    tmp_path: Path, people: Guests, status: int, state: LinkState
) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    async with serving(tmp_path, refuse) as invite:
        person = people.connect(invite, anybody())
        await until(lambda: person.link.state is state)


def test_how_long_until_the_next_try_is_by_what_has_to_change() -> None:
    assert LinkState.CLOCK_DIFFERS.longest_wait == LinkState.AWAY.longest_wait
    assert LinkState.REFUSED.longest_wait > LinkState.AWAY.longest_wait


async def test_a_device_that_was_removed_is_not_tried_again(tmp_path: Path, people: Guests) -> None:
    async def play(frames: web.WebSocketResponse) -> None:
        await frames.receive()
        await say(frames, Failed("device_revoked", "words of the service"))

    async with scripted(tmp_path, play) as invite:
        person = people.connect(invite, anybody())
        async with asyncio.timeout(SOON):
            await person.running
        assert person.link.state is LinkState.REVOKED


async def test_a_device_revoked_while_online_stops(tmp_path: Path, people: Guests) -> None:
    async def play(frames: web.WebSocketResponse) -> None:
        await welcome(frames)
        await say(frames, Failed("device_revoked", ""))
        await rest(frames)

    async with scripted(tmp_path, play) as invite:
        person = people.connect(invite, anybody())
        async with asyncio.timeout(SOON):
            await person.running
        assert person.states[-2:] == [LinkState.ONLINE, LinkState.REVOKED]
        assert isinstance(person.link.fault, DeviceRevoked)


async def test_requests_end_in_time_and_with_the_connection(tmp_path: Path, people: Guests) -> None:
    go_away = asyncio.Event()

    async def play(frames: web.WebSocketResponse) -> None:
        await welcome(frames)
        await go_away.wait()
        await frames.close()

    async with scripted(tmp_path, play) as invite:
        person = people.connect(invite, anybody())
        await person.hears(Welcome)
        with pytest.raises(NoAnswer):
            await person.link.request(ListPeople, timeout=0.01)
        asking = asyncio.create_task(person.link.request(ListPeople))
        await asyncio.sleep(0)
        go_away.set()
        with pytest.raises(ServiceAway):
            await asking


def test_waiting_grows_with_jitter_to_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    longest, shortest = Backoff(lambda: 1.0), Backoff(lambda: 0.0)
    waits = [longest.next(5.0) for _ in range(10)]
    assert waits[0] == 0.5
    assert waits == sorted(waits)
    assert waits[-1] == 5.0
    assert [shortest.next(5.0) for _ in range(10)] == [wait / 2 for wait in waits]
    assert [longest.next(60.0) for _ in range(10)][-1] == 60.0
    assert longest.next(5.0) == 5.0
    longest.reset()
    assert longest.next(5.0) == 0.5


def test_each_state_and_each_code_has_its_sentence() -> None:
    for state in LinkState:
        if state.sentence:
            assert sentence(state.sentence, org="home", ver="1", here="", there="").text
    for code in messages.FailureCode.__args__:
        fault = service_faults.fault_of(Failed(code, ""))
        assert str(fault).endswith(".")


@pytest.mark.parametrize("greets", [True, False], ids=["connected", "greeting"])
async def test_another_network_replaces_a_connection_that_hangs_at_once(
    tmp_path: Path, people: Guests, monkeypatch: pytest.MonkeyPatch, greets: bool
) -> None:
    forever = aiohttp.ClientWSTimeout(ws_close=3_600.0)  # pyright: ignore[reportCallIssue]
    monkeypatch.setattr(service_door, "_TIMEOUTS", forever)
    connections = 0
    over = asyncio.Event()

    async def play(frames: web.WebSocketResponse) -> None:
        nonlocal connections
        connections += 1
        if connections > 1 or greets:
            await welcome(frames)
        if connections == 1:
            await over.wait()  # as where the way to the service is gone: not even a good-bye
        else:
            await rest(frames)

    async with scripted(tmp_path, play) as invite:
        person = people.connect(invite, anybody())
        await until(lambda: connections == 1)
        if greets:
            await person.hears(Welcome)
            person.link.network_changed()  # on the same way still: nothing is to be done
            monkeypatch.setattr(service_door, "source_towards", lambda _: "192.0.2.7")
        person.link.network_changed()
        await until(lambda: connections == 2)
        await until(lambda: person.link.state is LinkState.ONLINE)
        assert person.states.count(LinkState.AWAY) == 1
        over.set()


async def test_another_network_ends_the_wait_for_the_next_try(
    tmp_path: Path, people: Guests
) -> None:
    async def play(frames: web.WebSocketResponse) -> None:
        await welcome(frames)
        if person.states.count(LinkState.ONLINE) > 0:
            await rest(frames)

    async with scripted(tmp_path, play) as invite:
        person = people.connect(invite, anybody())
        await until(lambda: person.link.state is LinkState.AWAY)
        person.link.network_changed()
        await until(lambda: person.states.count(LinkState.ONLINE) == 2)


async def test_a_service_in_doubt_that_does_not_answer_is_reached_anew(
    tmp_path: Path, people: Guests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_link, "ANSWER_SOON", 0.1)
    connections = 0
    over = asyncio.Event()

    async def play(frames: web.WebSocketResponse) -> None:
        nonlocal connections
        connections += 1
        await welcome(frames)
        if connections == 1:
            await over.wait()
        async for frame in frames:
            number = json.loads(frame.data)["request"]
            await say(frames, Relays(number, (), "", "", 60))

    async with scripted(tmp_path, play) as invite:
        person = people.connect(invite, anybody())
        await person.hears(Welcome)
        await person.link.check()
        await until(lambda: connections == 2)
        await person.hears(Welcome, 2)
        await person.link.check()
        assert (connections, person.link.state) == (2, LinkState.ONLINE)
        over.set()


@pytest.mark.parametrize("shows_one_of_them", [True, False])
async def test_keys_are_believed_of_who_shows_one_of_them(
    tmp_path: Path, people: Guests, shows_one_of_them: bool
) -> None:
    told = [b"n" * 32]

    async def play(frames: web.WebSocketResponse) -> None:
        await welcome(frames, msgspec.structs.replace(WELCOME, pins=tuple(told)))
        await rest(frames)

    async with scripted(tmp_path, play) as invite:
        if shows_one_of_them:
            told.append(invite.pin)
        person = people.connect(invite, anybody())
        await person.hears(Welcome)
        assert person.link.pins == (tuple(told) if shows_one_of_them else (invite.pin,))
