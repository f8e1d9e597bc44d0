"""The control socket of systems whose sockets do not name their users."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tui_call.control import loopback

LIMIT = 65_536


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "engine.sock"


@pytest.fixture
async def engine(path: Path) -> AsyncIterator[None]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())

    async with await loopback.listen(path, echo, LIMIT):
        yield


async def connect_and_leave(path: Path) -> None:
    _, writer = await loopback.connect(path, LIMIT)
    writer.close()


async def test_who_can_read_the_file_is_let_in(engine: None, path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    reader, writer = await loopback.connect(path, LIMIT)
    writer.write(b"hello\n")
    assert await reader.readline() == b"hello\n"
    writer.close()


@pytest.mark.parametrize("repeats", [True, False])
async def test_who_listens_at_a_port_that_an_engine_left_is_told_nothing(
    path: Path, repeats: bool
) -> None:
    heard = bytearray()
    left = asyncio.Event()

    async def stranger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while some := await reader.read(4096):
                heard.extend(some)
                writer.write(some if repeats else bytes(64))
        writer.close()
        left.set()

    token = "ab" * 32
    async with await asyncio.start_server(stranger, "127.0.0.1", 0) as server:
        path.write_text(f"{server.sockets[0].getsockname()[1]} {token}\n")
        with pytest.raises(OSError, match="cannot read the engine's token"):
            await connect_and_leave(path)
        async with asyncio.timeout(10):
            await left.wait()
    assert len(heard) == 64, "a challenge and a proof"
    assert bytes.fromhex(token) not in heard
    assert token.encode() not in heard


async def test_who_does_not_know_the_token_is_turned_away(engine: None, path: Path) -> None:
    port, _ = path.read_text().split()
    path.write_text(f"{port} {'cd' * 32}\n")
    with pytest.raises(OSError, match="cannot read the engine's token"):
        await loopback.connect(path, LIMIT)


async def test_who_says_nothing_is_not_waited_for(
    engine: None, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loopback, "PROOF_WITHIN", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(path.read_text().split()[0]))
    async with asyncio.timeout(10):
        assert len(await reader.read()) == 32
    writer.close()
