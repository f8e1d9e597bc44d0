"""The service as a process: files, lock, signals, an end, and what keeps it from starting."""

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.support.members import Clock, soon, until
from tests.support.members import town as run_town
from tui_call.errors import LocalFault
from tui_call.service import main, place
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.bus.traffic import DevicePresence
from tui_call.service.certificate import open_certificate
from tui_call.service.faults import (
    CertificateUnusable,
    DatabaseUnusable,
    PortUnavailable,
    ServiceAlreadyRunning,
    StateUnusable,
)
from tui_call.service.main import run_service, until_unused
from tui_call.service.private_files import write_private
from tui_call.service.server import Service, ServiceOptions
from tui_call.signaling.service_file import (
    NoServiceHere,
    RunningService,
    read_local_invite,
    read_running_service,
)
from tui_call.signaling.vocabulary import Presence


@pytest.fixture(autouse=True)
def _no_log_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "log_to", lambda _: None)


@pytest.fixture
def options(tmp_path: Path) -> ServiceOptions:
    return ServiceOptions(tmp_path / "state", listen="127.0.0.1")


async def listening(options: ServiceOptions) -> "asyncio.Task[None]":
    task = asyncio.create_task(run_service(options))
    path = options.state_directory / "service.json"
    await until(lambda: path.exists() or task.done())
    if task.done():
        await task
    return task


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_where_it_is_until_a_signal_ends_it(
    options: ServiceOptions, number: signal.Signals
) -> None:
    task = await listening(options)
    running = read_running_service(options.state_directory)
    assert (running.host, running.process) == ("127.0.0.1", os.getpid())
    assert read_local_invite(options.state_directory).startswith("tui-call://127.0.0.1:")
    socket.create_connection((running.host, running.port)).close()
    if sys.platform != "win32":
        assert options.state_directory.stat().st_mode & 0o777 == 0o700
        for name in ("service.json", "local-invite", "certificate.pem"):
            assert (options.state_directory / name).stat().st_mode & 0o777 == 0o600
    signal.raise_signal(number)
    await soon(task)
    with pytest.raises(NoServiceHere):
        read_running_service(options.state_directory)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((running.host, running.port))
    again = await listening(options)
    assert read_running_service(options.state_directory) == running  # same port, same pin
    signal.raise_signal(number)
    await soon(again)


async def test_a_second_one_ends_with_a_sentence(options: ServiceOptions) -> None:
    task = await listening(options)
    before = read_running_service(options.state_directory)
    with pytest.raises(ServiceAlreadyRunning, match="already runs"):
        await run_service(options)
    assert read_running_service(options.state_directory) == before
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_it_ends_when_nobody_uses_it(tmp_path: Path) -> None:
    options = ServiceOptions(tmp_path / "state", listen="127.0.0.1", idle_seconds=0.01)
    await soon(run_service(options))


def news(number: int, presence: Presence | None) -> DevicePresence:
    return DevicePresence("ada@home", "ab" * 16, 1.0, number, presence)


async def test_it_is_used_while_a_device_is_connected() -> None:
    online = OnlineDevices()
    online.hear(news(1, "free"))
    ending = asyncio.create_task(until_unused(online, 0))
    await asyncio.sleep(0)
    assert not ending.done()
    online.hear(news(2, None))
    await soon(ending)


async def test_a_device_that_comes_in_time_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    online = OnlineDevices()
    ending = asyncio.create_task(until_unused(online, 3_600))
    await asyncio.sleep(0)
    online.hear(news(1, "free"))
    await until(lambda: online.occupied.is_set())
    assert not ending.done()
    ending.cancel()


def port_taken(directory: Path) -> tuple[type[LocalFault], str, ServiceOptions]:
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    keep.append(taken)
    return PortUnavailable, f"Port {port} is taken", ServiceOptions(directory, "127.0.0.1", port)


def remembered_port_taken(directory: Path) -> tuple[type[LocalFault], str, ServiceOptions]:
    fault, match, options = port_taken(directory)
    directory.mkdir()
    (directory / "port").write_text(str(options.port))
    return fault, match, ServiceOptions(directory, "127.0.0.1")


def no_such_address(directory: Path) -> tuple[type[LocalFault], str, ServiceOptions]:
    return PortUnavailable, "cannot listen at", ServiceOptions(directory, "192.0.2.1")


def state_is_a_file(directory: Path) -> tuple[type[LocalFault], str, ServiceOptions]:
    directory.write_text("")
    return LocalFault, "cannot be used", ServiceOptions(directory, "127.0.0.1")


def lock_is_a_directory(directory: Path) -> tuple[type[LocalFault], str, ServiceOptions]:
    (directory / "service.lock").mkdir(parents=True)
    return StateUnusable, "cannot be used", ServiceOptions(directory, "127.0.0.1")


def broken_database(directory: Path) -> tuple[type[LocalFault], str, ServiceOptions]:
    directory.mkdir()
    (directory / "service.db").write_bytes(b"garbage" * 500)
    return DatabaseUnusable, "service.db cannot be used", ServiceOptions(directory, "127.0.0.1")


def certificate_without_database(
    directory: Path,
) -> tuple[type[LocalFault], str, ServiceOptions]:
    directory.mkdir()
    open_certificate(directory)
    match = "missing or empty beside certificate.pem"
    return DatabaseUnusable, match, ServiceOptions(directory, "127.0.0.1")


def no_certificate(directory: Path) -> tuple[type[LocalFault], str, ServiceOptions]:
    options = ServiceOptions(directory, "127.0.0.1", certificate=directory / "missing.pem")
    return CertificateUnusable, "missing", options


keep: list[socket.socket] = []


@pytest.fixture(autouse=True)
def _close_sockets() -> Iterator[None]:
    yield
    while keep:
        keep.pop().close()


@pytest.mark.parametrize(
    "obstacle",
    [
        port_taken,
        remembered_port_taken,
        no_such_address,
        state_is_a_file,
        lock_is_a_directory,
        broken_database,
        certificate_without_database,
        no_certificate,
    ],
)
async def test_what_is_in_the_way_is_said_in_one_sentence(
    tmp_path: Path, obstacle: Callable[[Path], tuple[type[LocalFault], str, ServiceOptions]]
) -> None:
    fault, match, options = obstacle(tmp_path / "state")
    with pytest.raises(fault, match=match) as caught:
        await soon(run_service(options))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "state" / "service.json").exists()


@pytest.mark.parametrize(
    ("spoil", "fault", "match"),
    [
        (lambda state: (state / "service.db").unlink(), DatabaseUnusable, "missing or empty"),
        (lambda state: (state / "service.db").write_bytes(b""), DatabaseUnusable, "or empty"),
        (lambda state: empty_tables(state / "service.db"), DatabaseUnusable, "missing or empty"),
        (lambda state: (state / "certificate.pem").unlink(), CertificateUnusable, "missing or"),
        (lambda state: (state / "certificate.pem").write_text("?"), CertificateUnusable, "damaged"),
        (lambda state: another_certificate(state), CertificateUnusable, "not the certificate of"),
        (lambda state: another_service_file(state), StateUnusable, "files of two services"),
    ],
    ids=["no store", "empty store", "no rows", "no certificate", "garbage", "another", "leftover"],
)
async def test_half_of_a_service_is_never_a_first_start(
    tmp_path: Path,
    options: ServiceOptions,
    spoil: Callable[[Path], object],
    fault: type[LocalFault],
    match: str,
) -> None:
    state = options.state_directory
    state.mkdir()
    async with Service(options):
        pass
    spoil(state)
    before = {path.name: path.read_bytes() for path in state.iterdir()}
    with pytest.raises(fault, match=match):
        await soon(run_service(options))
    assert {path.name: path.read_bytes() for path in state.iterdir()} == (
        before | {"service.lock": b""}
    )


def empty_tables(database: Path) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM organisation")


def another_certificate(state: Path) -> None:
    (state / "certificate.pem").unlink()
    open_certificate(state)


def another_service_file(state: Path) -> None:
    running = RunningService("127.0.0.1", 9, "", "home-zzzz", 1)
    (state / "service.json").write_bytes(msgspec.json.encode(running))


@pytest.mark.parametrize(
    "cut_before",
    [
        "tui_call.service.server.Organisations.open",
        "tui_call.service.server.open_certificate",
        "tui_call.service.server.Organisations.keep_certificate",
    ],
)
async def test_a_first_start_that_was_cut_off_is_begun_anew(
    options: ServiceOptions, monkeypatch: pytest.MonkeyPatch, cut_before: str
) -> None:
    def cut(*_: object) -> None:
        raise StateUnusable

    with monkeypatch.context() as patched:
        patched.setattr(cut_before, cut)
        with pytest.raises(StateUnusable):
            await run_service(options)
    if cut_before.endswith("open"):
        assert not (options.state_directory / "certificate.pem").exists()
    async with Service(options):
        pass


async def test_a_certificate_of_the_settings_may_be_renewed(
    tmp_path: Path, options: ServiceOptions
) -> None:
    options.state_directory.mkdir()
    for name in ("first", "renewed"):
        (tmp_path / name).mkdir()
        pin = open_certificate(tmp_path / name).pin
        configured = tmp_path / name / "certificate.pem"
        async with Service(replace(options, certificate=configured)) as service:
            assert service.place.pin == pin


def test_private_files_replace_each_other_or_say_why_not(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"first", b"second"):
        write_private(path, content)
        assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(StateUnusable, match="cannot be written"):
        write_private(tmp_path / "nowhere" / "file", b"")


def test_a_certificate_is_made_once_and_another_one_can_be_configured(tmp_path: Path) -> None:
    first = open_certificate(tmp_path)
    assert open_certificate(tmp_path).pin == first.pin
    assert len(first.pin) == 32
    (tmp_path / "other").mkdir()
    configured = open_certificate(tmp_path / "other", tmp_path / "certificate.pem")
    assert configured.pin == first.pin
    assert list((tmp_path / "other").iterdir()) == []


def test_invites_lead_to_the_address_that_others_can_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place.public_host("0.0.0.0", "calls.example", tmp_path) == "calls.example"
    assert place.public_host("10.0.0.5", "", tmp_path) == "10.0.0.5"
    assert place.local_host("10.0.0.5") == "10.0.0.5"
    assert place.local_host("0.0.0.0") == "127.0.0.1"
    assert place.local_host("::") == "::1"
    socket.inet_aton(place.public_host("0.0.0.0", "", tmp_path))

    def unreachable(*_: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(place, "_address_towards_others", unreachable)
    assert place.public_host("0.0.0.0", "", tmp_path) == "127.0.0.1"
    place.remember_public_host(tmp_path, "calls.example")
    assert place.public_host("10.0.0.5", "", tmp_path) == "calls.example"
    assert place.public_host("10.0.0.5", "other.example", tmp_path) == "other.example"


def test_a_port_that_was_given_first_stays(tmp_path: Path) -> None:
    with place.open_socket("127.0.0.1", 0, tmp_path) as opened:
        given = opened.getsockname()[1]
    (tmp_path / "port").unlink()
    for port in (given, 0):
        with place.open_socket("127.0.0.1", port, tmp_path) as opened:
            assert opened.getsockname()[1] == given


def test_another_port_is_tried_while_the_port_is_only_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    keep.append(taken)
    port = taken.getsockname()[1]
    monkeypatch.setattr(place, "CHOSEN_PORTS", [port])
    with pytest.raises(PortUnavailable):
        place.open_socket("127.0.0.1", 0, tmp_path)
    monkeypatch.setattr(place, "CHOSEN_PORTS", [port, 0])
    (tmp_path / "port").write_text("nonsense")
    with place.open_socket("127.0.0.1", 0, tmp_path) as opened:
        chosen = opened.getsockname()[1]
    assert (tmp_path / "port").read_text() == str(chosen)
    with place.open_socket("127.0.0.1", 0, tmp_path) as opened:
        assert opened.getsockname()[1] == chosen


async def test_a_start_that_fails_late_leaves_no_socket_and_no_file(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StateUnusable

    monkeypatch.setattr("tui_call.service.server.write_private", full)
    with pytest.raises(StateUnusable):
        async with run_town(tmp_path / "state", clock):
            pass
    monkeypatch.undo()
    async with run_town(tmp_path / "state", clock):
        pass
