"""Finding an engine from any terminal, and not taking anybody else for it."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.control.test_socket import ScriptedEngine
from tests.support.stranger import Stranger
from tests.support.stranger import stranger as another_user
from tui_call.config.paths import ProfilePaths
from tui_call.control import launch, platform
from tui_call.control import server as server_module
from tui_call.control.client import EngineClient, EngineUnreachable, ForeignListener
from tui_call.control.door import Door
from tui_call.control.private_files import write_private
from tui_call.control.server import ControlServer
from tui_call.control.views import MeView

Open = Callable[[], Awaitable[ControlServer]]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with a path that is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="d-") as directory:
        monkeypatch.setenv("TUI_CALL_HOME", directory)
        monkeypatch.setattr(tempfile, "tempdir", tempfile.mkdtemp(prefix="s-", dir=directory))
        monkeypatch.setattr(server_module, "LOOK_INTERVAL", 0.01)
        yield Path(directory)


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> Stranger:
    return another_user(monkeypatch)


@pytest.fixture
async def engine() -> AsyncIterator[Open]:
    """Starts the engine of the default profile."""
    running: list[ControlServer] = []

    async def start() -> ControlServer:
        platform.make_private_directory(ProfilePaths().data_directory)
        server = ControlServer(Door.of(ProfilePaths()), ScriptedEngine())
        await server.start()
        running.append(server)
        return server

    yield start
    for server in running:
        await server.close()


async def attached() -> EngineClient:
    """Attach as soon as it can be found."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await launch.connect("default", "cli")
            except EngineUnreachable:
                await asyncio.sleep(0.01)


async def finds_it() -> None:
    await (await attached()).close()


async def test_a_terminal_with_another_runtime_directory_finds_the_engine(
    engine: Open, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TUI_CALL_HOME")
    monkeypatch.setenv("HOME", str(home))
    for kind in ("DATA", "STATE", "CONFIG"):
        monkeypatch.delenv(f"XDG_{kind}_HOME", raising=False)
    (home / "login").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "login"))
    await engine()
    assert Door.of(ProfilePaths()).find().is_relative_to(home / "login")
    await finds_it()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "missing"))
    await finds_it()
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr(tempfile, "tempdir", str(home / "other"))
    await finds_it()


@pytest.mark.parametrize("lost", ["directory", "socket", "address", "replaced"])
async def test_what_is_lost_is_made_again_and_whoever_is_attached_stays(
    engine: Open, lost: str
) -> None:
    server = await engine()
    door = Door.of(ProfilePaths())
    socket = door.find()
    client = await attached()
    match lost:
        case "directory":
            shutil.rmtree(socket.parent)
        case "socket":
            socket.unlink()
        case "address":
            door.address.unlink()
        case _:
            socket.unlink()
            socket.write_bytes(b"")
    await finds_it()
    server.publish("me", MeView("ready", "default", name="Ada"))
    async with asyncio.timeout(10):
        while client.snapshot.me.name != "Ada":
            await client.wait_for_change()
    await client.close()


async def test_a_runtime_directory_that_cannot_come_back_is_left(
    engine: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine()
    runtime = Door.of(ProfilePaths()).find().parent.parent
    shutil.rmtree(runtime)
    runtime.write_bytes(b"")
    await finds_it()
    assert not Door.of(ProfilePaths()).find().is_relative_to(runtime)


async def test_where_no_place_is_short_enough_it_is_a_fresh_one_that_goes_with_the_engine(
    engine: Open, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("TUI_CALL_HOME", str(home / ("long" * 30)))
    server = await engine()
    socket = Door.of(ProfilePaths()).find()
    assert socket.is_relative_to(tempfile.gettempdir())
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    await finds_it()
    await server.close()
    assert not socket.parent.exists()
    with pytest.raises(EngineUnreachable):
        await launch.connect("default")


async def test_an_engine_of_another_home_with_the_same_runtime_directory_is_left_alone(
    engine: Open, home: Path
) -> None:
    await engine()
    other = Door(home / "other.address", ProfilePaths().runtime_directories)
    second = ControlServer(other, ScriptedEngine())
    await second.start()
    assert other.find() != Door.of(ProfilePaths()).find()
    await second.close()
    await finds_it()


async def test_a_full_disk_keeps_no_engine_from_listening_where_it_was(
    engine: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await engine()).close()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tui_call.control.door.write_private", full)
    await engine()
    await finds_it()


async def expect_refusal() -> None:
    with pytest.raises(ForeignListener, match="Nothing was sent"):
        await launch.connect("default")


def says(socket: Path) -> None:
    platform.make_private_directory(ProfilePaths().data_directory)
    write_private(Door.of(ProfilePaths()).address, bytes(socket))


async def test_a_directory_of_another_user_is_not_entered(home: Path, stranger: Stranger) -> None:
    squatted = home / "squatted"
    squatted.mkdir(mode=0o700)
    says(squatted / "engine.sock")
    stranger.takes(squatted)
    async with stranger.listening(squatted / "engine.sock"):
        await expect_refusal()
    assert stranger.visitors == 0


@pytest.mark.parametrize("how", ["open to others", "a link"])
async def test_a_directory_that_others_can_change_is_not_entered(home: Path, how: str) -> None:
    stranger, squatted = Stranger(), home / "squatted"
    squatted.mkdir(mode=0o700)
    if how == "a link":
        (home / "link").symlink_to(squatted)
        says(home / "link" / "engine.sock")
    else:
        squatted.chmod(0o777)
        says(squatted / "engine.sock")
    async with stranger.listening(squatted / "engine.sock"):
        await expect_refusal()
    assert stranger.visitors == 0


async def test_another_user_who_listens_in_a_directory_of_one_s_own_is_told_nothing(
    home: Path, stranger: Stranger
) -> None:
    own = home / "own"
    own.mkdir(mode=0o700)
    says(own / "engine.sock")
    async with stranger.listening(own / "engine.sock"):
        await expect_refusal()
        async with asyncio.timeout(10):
            while not stranger.heard:  # noqa: ASYNC110 - a condition, under a deadline
                await asyncio.sleep(0.01)
        assert stranger.heard == [b""]


async def test_an_address_that_another_user_could_have_written_is_not_followed(
    engine: Open, stranger: Stranger
) -> None:
    await engine()
    address = Door.of(ProfilePaths()).address
    stranger.takes(address)
    await expect_refusal()


async def test_an_engine_leaves_a_place_that_another_user_took(
    engine: Open, home: Path, stranger: Stranger
) -> None:
    if platform._own_user() == 0:
        usual = ProfilePaths().runtime_directories[0]
        usual.mkdir(parents=True)
        stranger.takes(usual)
    await engine()
    await finds_it()
