"""Frames and connections without end: whoever makes them pays for them, and nobody else does."""

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from tests.support.logs import logging_to
from tests.support.members import CALL, SOON, Clock, Identity, Town, soon, until
from tests.support.members import town as run_town
from tests.support.wires import (
    BINARY,
    CLOSE,
    COMPRESSED,
    CONTINUATION,
    FINAL,
    PING,
    PONG,
    TEXT,
    Wire,
    ends,
    frame,
    plain,
    say_until_closed,
    secured,
    upgraded,
)
from tui_call.control import platform
from tui_call.service import admission, arrivals, gateway
from tui_call.service.limits import BYTES_OF_TOKEN, LOGGED, SEARCH_COST, Limits, Rate
from tui_call.signaling.messages import (
    Deliver,
    Failed,
    ListPeople,
    Lookup,
    People,
    Send,
    Undeliverable,
)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(frame(PING), id="ping"),
        pytest.param(frame(PONG), id="pong"),
        pytest.param(frame(TEXT), id="nothing"),
        pytest.param(frame(BINARY), id="binary"),
        pytest.param(frame(TEXT, flags=0) + frame(CONTINUATION), id="two halves of nothing"),
        pytest.param(frame(TEXT, b"x", FINAL | COMPRESSED), id="compressed"),
        pytest.param(frame(CLOSE), id="close"),
    ],
)
async def test_a_stranger_has_few_frames_of_whatever_kind(town: Town, said: bytes) -> None:
    _, writer = wire = await upgraded(town.port)
    writer.write(said * (admission.MOST_FRAMES + 1))
    await ends(wire)


async def test_fragments_without_an_end_are_no_way_to_say_more(town: Town) -> None:
    _, writer = wire = await upgraded(town.port)
    nothing = frame(CONTINUATION, flags=0)
    writer.write(frame(TEXT, flags=0) + nothing * (arrivals.MOST_BYTES // len(nothing)))
    await ends(wire)


async def test_fragments_of_a_member_cost_too(tmp_path: Path, clock: Clock) -> None:
    limits = Limits(device=Rate(burst=1, per_second=0))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada = await town.enrol("ada")
        for _ in range(3):
            await ada.client.frames.send_frame(bytes(100_000), aiohttp.WSMsgType.CONTINUATION)
        assert await ada.client.is_closed()


async def test_a_large_message_costs_as_much_as_many_small_ones(
    tmp_path: Path, clock: Clock
) -> None:
    limits = Limits(device=Rate(burst=10, per_second=0))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada, bob = await town.enrol("ada"), await town.enrol("bob")
        large = Send(CALL, 0, bob.account, bob.device, bytes(6 * BYTES_OF_TOKEN * 3 // 4))
        await ada.client.say(large)
        await bob.client.hear(Deliver)
        await ada.client.say(large)
        assert (await ada.client.hear(Undeliverable)).reason == "rate"


async def test_looking_through_all_people_costs_more_than_looking_for_one(
    tmp_path: Path, clock: Clock
) -> None:
    limits = Limits(device=Rate(burst=SEARCH_COST + 1, per_second=0))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada = await town.enrol("ada")
        await ada.client.ask(lambda number: ListPeople(number, "a"), People)
        failed = await ada.client.ask(lambda number: ListPeople(number, "a"), Failed)
        assert failed.code == "rate"
        await ada.client.ask(lambda number: Lookup(number, ada.account), People)


async def test_ping_and_pong_of_a_member_cost_as_much_as_messages(
    tmp_path: Path, clock: Clock
) -> None:
    limits = Limits(device=Rate(burst=6, per_second=1))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada = await town.enrol("ada")
        for _ in range(3):
            await ada.client.frames.ping()
            await ada.client.frames.pong()
        failed = await ada.client.ask(lambda number: Lookup(number, ada.account), Failed)
        assert failed.code == "rate"
        clock.now += 1
        await ada.client.ask(lambda number: Lookup(number, ada.account), People)


async def test_a_member_far_over_the_limit_stays_and_is_read_no_faster(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def sleeping(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0 if seconds < SOON else seconds)

    monkeypatch.setattr(gateway.asyncio, "sleep", sleeping)
    limits = Limits(device=Rate(burst=1, per_second=1))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada = await town.enrol("ada")
        lookup = lambda number: Lookup(number, ada.account)  # noqa: E731
        await ada.client.ask(lookup, People)
        pauses.clear()
        for _ in range(600):
            assert (await ada.client.ask(lookup, Failed)).code == "rate"
        assert sum(pauses) > 600 * 0.019
        clock.now += 1
        await ada.client.ask(lookup, People)


async def half_a_request(port: int) -> Wire:
    _, writer = wire = await secured(port)
    writer.write(b"GET /v1 HTTP/1.1\r\n")
    return wire


@pytest.mark.parametrize(
    ("connect", "said"),
    [
        pytest.param(plain, b"", id="TCP"),
        pytest.param(secured, b"", id="TLS"),
        pytest.param(half_a_request, b"X-More: 1\r\n", id="a header line again and again"),
        pytest.param(upgraded, b"", id="WebSocket"),
        pytest.param(upgraded, frame(PING), id="a PING again and again"),
    ],
)
async def test_nothing_puts_off_the_deadline_of_the_login(
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    connect: Callable[[int], Awaitable[Wire]],
    said: bytes,
) -> None:
    monkeypatch.setattr(arrivals, "LOGIN_WITHIN", 0.3)
    await say_until_closed(await connect(town.port), said, every=0.05)


async def test_tls_has_a_deadline_of_its_own(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "HANDSHAKE_WITHIN", 0.1)
    await ends(await plain(town.port))


async def test_a_connection_serves_one_request(town: Town) -> None:
    _, writer = wire = await secured(town.port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
    reader, _ = wire
    async with asyncio.timeout(SOON):
        answered = await reader.read()
    assert answered.count(b"200 OK") == 1
    await ends(wire)


async def fill(town: Town) -> list[Wire]:
    """Open silent connections until no other is let in."""
    silent: list[Wire] = []
    with contextlib.suppress(ConnectionError):
        while len(silent) < 50:
            silent.append(await secured(town.port))
    assert silent
    return silent


async def test_an_address_full_of_silent_connections_still_lets_people_in(
    tmp_path: Path, clock: Clock
) -> None:
    async with run_town(tmp_path / "state", clock, limits=Limits(unfinished_of_address=4)) as town:
        ada = await town.enrol("ada")
        silent = [await secured(town.port) for _ in range(4)]
        clock.now += admission.PATIENCE
        await town.log_in(ada.identity)
        for _, writer in silent:
            writer.close()


async def test_an_office_that_comes_back_at_once_gets_in_with_few_places(
    tmp_path: Path, clock: Clock
) -> None:
    limits = Limits(address=Rate(burst=32, per_second=0), unfinished_of_address=3)
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        office = [await town.enrol(f"person{number}") for number in range(4)]
        again = [town.log_in(office[number % 4].identity) for number in range(40)]
        await soon(asyncio.gather(*again))


async def test_members_keep_most_of_few_files(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = admission.FILES_KEPT + 16
    monkeypatch.setattr(platform, "raise_open_file_limit", lambda: files)
    async with run_town(tmp_path / "state", clock) as town:
        members = [await town.enrol(f"person{number}") for number in range(6)]
        silent = await fill(town)
        assert len(silent) + len(members) <= 16
        for member in members:
            await member.client.hears_nothing_more()
        clock.now += admission.PATIENCE
        await town.log_in(members[0].identity)
        for _, writer in silent:
            writer.close()


async def test_logins_give_back_what_they_cost(tmp_path: Path, clock: Clock) -> None:
    limits = Limits(address=Rate(burst=10, per_second=0))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada = await town.enrol("ada")
        for _ in range(20):
            ada = await town.log_in(ada.identity)


async def test_a_device_logs_in_only_so_often(tmp_path: Path, clock: Clock) -> None:
    limits = Limits(logins=Rate(burst=3, per_second=1))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada, bob = await town.enrol("ada"), await town.enrol("bob")
        for _ in range(2):
            await town.log_in(ada.identity)
        client = await town.visit()
        login = ada.identity.login(await client.greet(), town.service.place.pin, int(clock()))
        assert (await client.fails(login)).code == "rate"
        await town.log_in(bob.identity)
        clock.now += 1
        await town.log_in(ada.identity)


async def test_who_never_reads_keeps_no_connection_that_another_has_replaced(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "LEAVE_WITHIN", 0.2)
    limits = Limits(device=Rate(burst=100_000, per_second=0))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada, eve = await town.enrol("ada"), await town.enrol("eve")
        while not any(isinstance(heard, Undeliverable) for heard in ada.client.heard):
            await ada.client.say(Send(CALL, 0, eve.account, eve.device, bytes(40_000)))
            await ada.client.ask(lambda number: Lookup(number, ada.account), People)
        await town.log_in(eve.identity)

        async def speak() -> None:
            while True:
                await eve.client.frames.ping()
                await asyncio.sleep(0.02)

        with pytest.raises(aiohttp.ClientConnectionError):
            await soon(speak())


async def test_a_refused_login_gives_nothing_back(tmp_path: Path, clock: Clock) -> None:
    limits = Limits(address=Rate(burst=100, per_second=0))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        eve, refused = Identity(account=f"eve@{town.service.organisation.id}"), 0
        with contextlib.suppress(aiohttp.ClientError):
            while refused < 10:
                client = await town.visit()
                login = eve.login(await client.greet(), bytes(32), int(clock()))
                await client.fails(login)
                refused += 1
        assert refused < 10


async def test_who_guesses_invites_is_heard_out_less_and_less(tmp_path: Path, clock: Clock) -> None:
    async with run_town(tmp_path / "state", clock) as town:
        answered = 0
        with contextlib.suppress(aiohttp.ClientError):
            for number in range(100):
                client = await town.visit()
                await client.greet()
                failed = await client.fails(Identity().enrolment(f"guess{number}", "eve"))
                assert failed.code == "invite_unknown"
                answered += 1
        assert 0 < answered < 100
        clock.now += 60
        assert (await town.enrol("ada")).account.startswith("ada@")


async def test_members_are_served_while_a_stranger_floods(town: Town) -> None:
    ada = await town.enrol("ada")
    flooding = True

    async def flood() -> None:
        while flooding:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await say_until_closed(await upgraded(town.port), frame(PONG) * 500)

    stranger = asyncio.create_task(flood())
    for _ in range(20):
        await soon(ada.client.ask(lambda number: Lookup(number, ada.account), People))
    flooding = False
    await until(stranger.done)
    await stranger


async def test_clients_that_are_gone_before_they_are_accepted_hold_nobody_up(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    accept, gone = loop.sock_accept, iter(range(100))

    async def accept_after_some(listening: socket.socket) -> object:
        if next(gone, None) is not None:
            raise ConnectionAbortedError
        return await accept(listening)

    monkeypatch.setattr(loop, "sock_accept", accept_after_some)
    monkeypatch.setattr(gateway, "ACCEPT_AGAIN", 3_600.0)
    async with run_town(tmp_path / "state", clock) as town:
        await soon(town.enrol("ada"))


def errors_of_http(log: Path) -> list[str]:
    """Return the errors that the HTTP server has written into a log."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line["error"] for line in lines if line.get("library") == "aiohttp.server"]


UPGRADE = "GET /v1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
NO_REQUESTS = {
    "another version": b"GET /v1 HTTP/9.9\r\n\r\n",
    "no address": b"GET http://[zz]:99999/v1 HTTP/1.1\r\n\r\n",
    "no verb": b"G\0T / HTTP/1.1\r\n\r\n",
    "a long line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    "no protocol": UPGRADE.encode() + b"Upgrade: w\xffbsocket\r\n\r\n",
    "no key": UPGRADE.encode() + b"Upgrade: websocket\r\nSec-WebSocket-Key: \xff\r\n\r\n",
}


@pytest.mark.parametrize("what", NO_REQUESTS)
async def test_what_is_no_request_takes_no_place_in_the_log(
    town: Town, tmp_path: Path, what: str
) -> None:
    log = tmp_path / "some.log"
    with logging_to(log):
        await town.enrol("ada")
        _, writer = wire = await secured(town.port)
        writer.write(NO_REQUESTS[what])
        await ends(wire)
        gone = ConnectionResetError("somebody")
        logging.getLogger("aiohttp.server").error("request", exc_info=gone)
        assert "device online" in log.read_text()
        assert errors_of_http(log) == []


async def test_errors_of_the_service_reach_the_log_and_push_nothing_else_out(
    town: Town, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(error: Exception, times: float) -> None:
        def failing(*_: object) -> None:
            raise error

        monkeypatch.setattr(gateway.web, "json_response", failing)
        for _ in range(int(times)):
            async with town.http.get(town.url("/health"), ssl=town.pinned) as response:
                assert response.status == 500

    log = tmp_path / "some.log"
    with logging_to(log):
        await fail(ZeroDivisionError("somebody"), LOGGED.burst + 5)
        assert errors_of_http(log) == ["ZeroDivisionError"] * int(LOGGED.burst)
        await fail(LookupError("somebody"), 1)
        clock.now += 1 / LOGGED.per_second
        await fail(ZeroDivisionError("somebody"), 2)
        assert errors_of_http(log)[int(LOGGED.burst) :] == ["LookupError", "ZeroDivisionError"]
