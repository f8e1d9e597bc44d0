"""Screens and commands at a real control socket, with an engine that is scripted."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.control.scripted_engine import ScriptedEngine, caption
from tests.support.logs import logging_to
from tui_call.control import actions, codec, lines, platform
from tui_call.control import server as control_server
from tui_call.control.actions import Call, Mute, SetPresence, ShowCaptions
from tui_call.control.client import CommandRefused, EngineClient, EngineUnreachable, wait_until
from tui_call.control.deltas import PartDelta
from tui_call.control.door import Door
from tui_call.control.lines import Meters
from tui_call.control.pending import MOST_CAPTIONS
from tui_call.control.server import ControlServer
from tui_call.control.versions import OtherVersion, end_engine
from tui_call.control.views import MeView, PersonView
from tui_call.sentences import sentence


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path / "engine.address", (tmp_path / "run",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "engine.sock"


@pytest.fixture
async def server(door: Door, engine: ScriptedEngine) -> AsyncIterator[ControlServer]:
    server = ControlServer(door, engine)
    await server.start()
    yield server
    await server.close()


async def test_a_client_gets_the_snapshot_and_its_deltas(
    server: ControlServer, path: Path, engine: ScriptedEngine
) -> None:
    client = await EngineClient.connect(path, "tui")
    assert client.snapshot == engine.snapshot()
    assert server.screens == 1
    server.publish("me", MeView("ready", "default", name="Ada"))
    while client.snapshot.me.name != "Ada":
        await client.wait_for_change()
    await client.close()


async def test_who_asks_one_question_is_told_of_no_people(
    server: ControlServer, path: Path, engine: ScriptedEngine
) -> None:
    asks = await EngineClient.connect(path, "cli", lists=False)
    screen = await EngineClient.connect(path, "tui")
    assert (asks.snapshot.people, screen.snapshot.people) == ((), (engine.ben,))
    away = PersonView("ben@home", "Ben", "away")
    server.publish("people", (away,))
    server.publish("me", MeView("ready", "default", name="Ada"))
    assert await wait_until(screen, lambda at: at.snapshot.people == (away,), 5)
    assert await wait_until(asks, lambda at: at.snapshot.me.name == "Ada", 5)
    assert asks.snapshot.people == ()
    await asks.close()
    await screen.close()


async def test_commands_are_answered_in_any_order(
    server: ControlServer, path: Path, engine: ScriptedEngine
) -> None:
    client = await EngineClient.connect(path, "cli")
    slow = asyncio.create_task(client.command(Call("echo")))
    with pytest.raises(CommandRefused) as refused:
        await client.command(Mute(on=True))
    assert refused.value.code == "gate"
    assert refused.value.sentence is not None
    assert refused.value.sentence.code == "N_MIC"
    assert not slow.done()
    engine.gate.set()
    assert await slow == {"done": 1}
    await client.close()


async def test_a_command_that_is_too_long_gets_its_answer(
    server: ControlServer, path: Path
) -> None:
    client = await EngineClient.connect(path, "cli")
    with pytest.raises(CommandRefused) as refused:
        await client.command(Call("x" * 10_000))
    assert refused.value.code == "malformed"
    assert client.snapshot.me.state == "ready"
    await client.close()


async def test_what_is_no_text_is_refused_and_the_next_command_works(
    server: ControlServer, path: Path, engine: ScriptedEngine
) -> None:
    client = await EngineClient.connect(path, "cli")
    with pytest.raises(codec.NotText, match="not all text in UTF-8"):
        await client.command(actions.Note("caf\udce9"))
    engine.gate.set()
    assert await client.command(actions.Note("café")) == {"done": 1}
    assert engine.actions == [actions.Note("café")]
    await client.close()


@pytest.mark.parametrize("reads", [True, False])
async def test_the_end_of_the_engine_is_the_end_of_every_client(
    door: Door, path: Path, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch, reads: bool
) -> None:
    monkeypatch.setattr("tui_call.control.server.CLOSE_WITHIN", 0.2)
    server = ControlServer(door, engine)
    await server.start()
    reader, writer = await platform.connect(path)
    writer.write(codec.encode(lines.ClientHello(lines.VERSION, "tui")))
    await reader.readuntil(b"\n")
    if not reads:
        writer.transport.pause_reading()  # pyright: ignore[reportAttributeAccessIssue]
        server.publish("me", MeView("ready", "default", name="x" * 3_000_000))
    await server.close()
    assert server.clients == 0
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_a_defect_of_the_engine_shows_no_traceback(server: ControlServer, path: Path) -> None:
    client = await EngineClient.connect(path, "cli")
    with pytest.raises(CommandRefused) as refused:
        await client.command(SetPresence("away"))
    assert "defect" not in str(refused.value)
    await client.close()


async def test_state_is_never_lost_to_a_client_that_does_not_read(
    server: ControlServer, path: Path
) -> None:
    reader, writer = await platform.connect(path)
    writer.write(codec.encode(lines.ClientHello(lines.VERSION, "tui")))
    await reader.readline()
    await reader.readline()
    for number in range(20_000):
        server.publish("me", MeView("ready", "default", name=str(number)))
        server.publish_latest(Meters(-float(number), 0))
    last, deltas = "", 0
    async with asyncio.timeout(5):
        while last != "19999":
            line = codec.decode_engine(await reader.readline())
            if isinstance(line, PartDelta):
                deltas += 1
                last = line.me.name if line.me else last
    assert deltas < 100, "what was not read must merge"
    writer.close()
    await writer.wait_closed()


async def test_captions_go_to_who_wants_them_while_it_is_attached(
    server: ControlServer, path: Path, engine: ScriptedEngine
) -> None:
    reads, does_not = [await EngineClient.connect(path, "cli") for _ in range(2)]
    await reads.command(ShowCaptions(on=True))
    said = reads.lines()
    for one in (caption(1, 1), caption(2, 1), caption(1, 2), caption(1, 3, final=True)):
        engine.say(one)
    told = [await anext(said), await anext(said)]
    assert told == [caption(1, 3, final=True), caption(2, 1)], "the newest of each"
    await reads.close()
    async with asyncio.timeout(5):
        while engine.readers:  # noqa: ASYNC110 - nothing to be woken by
            await asyncio.sleep(0)
    server.publish("me", MeView("ready", "default", name="Ada"))
    assert isinstance(await anext(does_not.lines()), PartDelta)
    await does_not.close()


async def test_who_does_not_read_loses_guesses_before_what_is_final(
    server: ControlServer, path: Path, engine: ScriptedEngine
) -> None:
    reader, writer = await platform.connect(path)
    for line in (lines.ClientHello(lines.VERSION, "cli"), lines.Command(1, ShowCaptions(on=True))):
        writer.write(codec.encode(line))
    for _ in range(3):
        await reader.readline()
    finals = range(MOST_CAPTIONS // 2)
    for utterance in finals:
        for revision in range(1, 20):
            engine.say(caption(utterance, revision))
        engine.say(caption(utterance, 20, final=True))
    for utterance in range(10_000, 10_000 + 2 * MOST_CAPTIONS):
        engine.say(caption(utterance, 1))
    told: list[lines.Caption] = []
    async with asyncio.timeout(5):
        while len(told) < MOST_CAPTIONS:
            line = codec.decode_engine(await reader.readline())
            assert isinstance(line, lines.Caption)
            told.append(line)
    assert [one.utterance for one in told if one.final] == list(finals)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("comes_back", [True, False])
async def test_who_asks_on_without_reading_is_not_heard_until_it_reads(
    server: ControlServer, path: Path, comes_back: bool
) -> None:
    reader, writer = await platform.connect(path)
    transport = cast("asyncio.Transport", writer.transport)
    transport.pause_reading()
    number, stuck = 0, False
    while not stuck and number < 1_000_000:
        number += 1000
        writer.write(b"".join(codec.encode(lines.Ping(at)) for at in range(number - 1000, number)))
        try:
            async with asyncio.timeout(0.5):
                await writer.drain()
        except TimeoutError:
            stuck = True
    assert stuck, "its answers pile up"
    if comes_back:
        transport.resume_reading()
        for at in range(number):
            assert codec.decode_engine(await reader.readline()) == lines.Pong(at)
    transport.abort()
    async with asyncio.timeout(5):
        while server.clients:  # noqa: ASYNC110 - nothing to be woken by
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "line",
    [
        b"\n", b"{}\n", b"[]\n", b"garbage\n", b"\xff\xfe\n", b'{"type":"command"}\n',
        b'{"type":"command","id":1,"action":{"name":"no_such"}}\n',
        b'{"type":"command","id":"x","action":{"name":"stop"}}\n',
        b'{"type":"hello","version":"one","client":"tui"}\n',
        b'{"type":"command","id":1,"action":{"name":"call","person":"' + b"x" * 5000 + b'"}}\n',
        b"[" * 100_000 + b"\n",
    ],
)  # fmt: skip
async def test_a_malformed_line_is_refused_and_the_next_one_works(
    server: ControlServer, path: Path, line: bytes
) -> None:
    reader, writer = await platform.connect(path)
    writer.write(line + codec.encode(lines.Ping(7)))
    first, second = await reader.readline(), await reader.readline()
    refused = codec.decode_engine(first)
    assert isinstance(refused, lines.Error)
    assert refused.code == "malformed"
    assert codec.decode_engine(second) == lines.Pong(7)
    writer.close()
    await writer.wait_closed()


async def test_an_endless_line_ends_only_that_client(server: ControlServer, path: Path) -> None:
    client = await EngineClient.connect(path, "tui")
    _, writer = await platform.connect(path)
    writer.write(b"x" * (platform.SERVER_STREAM_LIMIT + 1))
    async with asyncio.timeout(5):
        while server.clients != 1:  # noqa: ASYNC110 - a condition of the server, under a deadline
            await asyncio.sleep(0)
    assert client.pulse == "ok"
    writer.close()
    await client.close()


@pytest.mark.parametrize(("theirs", "code"), [(1, "G_OLD_SCREEN"), (99, "G_OLD_ENGINE")])
async def test_a_screen_of_another_version_is_told_what_to_start_anew(
    server: ControlServer, path: Path, theirs: int, code: str
) -> None:
    reader, writer = await platform.connect(path)
    writer.write(b'{"type":"hello","version":%d,"client":"tui"}\n' % theirs)
    hello = codec.decode_engine(await reader.readline())
    assert isinstance(hello, lines.EngineHello)
    assert hello.version == lines.VERSION
    refused = codec.decode_engine(await reader.readline())
    assert isinstance(refused, lines.Error)
    assert (refused.code, refused.sentence and refused.sentence.code) == ("version", code)
    assert refused.detail == sentence(code).text
    assert await reader.readline() == b""
    writer.close()


class OldEngine:
    """An engine of version 1, as far as a screen of today has to do with it."""

    def __init__(self) -> None:
        self.told_to_end = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await reader.readline()
        writer.write(b'{"type":"hello","version":1,"engine":"0.3.0","process":1}\n')
        if b'"version":1,' in hello:
            writer.write(b'{"type":"snapshot","sequence":0,"snapshot":{"a part":"of old"}}\n')
            command = await reader.readline()
            self.told_to_end = command == b'{"type":"command","id":1,"action":{"name":"stop"}}\n'
        writer.close()


async def test_a_new_screen_at_an_old_engine_says_what_to_do_and_can_end_it(
    door: Door, path: Path
) -> None:
    old = OldEngine()
    opened = await door.open(old.serve)
    with pytest.raises(OtherVersion) as found:
        await EngineClient.connect(path, "tui")
    assert str(found.value) == sentence("G_OLD_ENGINE").text
    await end_engine(path, found.value.version)
    assert old.told_to_end
    opened.close()


@pytest.mark.parametrize("call", ["x", "0" * 31, "0" * 33, "0" * 32 + "\n", "A" * 32])
async def test_an_id_that_is_none_is_malformed(
    server: ControlServer, path: Path, engine: ScriptedEngine, call: str
) -> None:
    client = await EngineClient.connect(path, "cli")
    for order in (actions.HangUp(call=call), actions.Swap(call=call), actions.Answer(call=call)):
        with pytest.raises(CommandRefused) as refused:
            await client.command(order)
        assert refused.value.code == "malformed"
    assert engine.actions == []
    await client.close()


async def test_a_command_before_hello_is_refused(server: ControlServer, path: Path) -> None:
    reader, writer = await platform.connect(path)
    writer.write(codec.encode(lines.Command(1, actions.Stop())))
    refused = codec.decode_engine(await reader.readline())
    assert isinstance(refused, lines.Error)
    assert refused.code == "wrong_state"
    writer.close()
    await writer.wait_closed()


async def test_a_lost_engine_ends_lines_and_commands(server: ControlServer, path: Path) -> None:
    client = await EngineClient.connect(path, "tui")
    asked = asyncio.create_task(client.command(Call("echo")))
    await asyncio.sleep(0)
    await server.close()
    assert [update async for update in client.lines()] == []
    with pytest.raises(EngineUnreachable):
        await asked
    with pytest.raises(EngineUnreachable):
        await client.command(Call("echo"))
    assert client.pulse == "dead"
    await client.close()


async def test_a_client_that_cannot_be_told_is_let_go_and_it_is_written_down(
    server: ControlServer, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> bytes:
        raise ValueError("of a part that nobody foresaw")

    with logging_to(tmp_path / "some.log"):
        client = await EngineClient.connect(path, "tui")
        with monkeypatch.context() as patch:
            # The client's side, in this process too, says what it has to.
            patch.setattr(control_server, "codec", SimpleNamespace(encode=fail))
            server.publish("me", MeView("ready", "default", name="Ada"))
            async with asyncio.timeout(10):
                assert [line async for line in client.lines()] == []
        assert not client.ended
        await client.close()
        again = await EngineClient.connect(path, "tui")
        await again.close()
    assert '"work": "_write", ' in (tmp_path / "some.log").read_text()


@pytest.mark.parametrize("told", [True, False])
async def test_an_engine_that_was_told_to_end_is_known_from_one_that_failed(
    server: ControlServer, path: Path, told: bool
) -> None:
    client = await EngineClient.connect(path, "tui")
    await server.close(told=told)
    assert [update async for update in client.lines()] == []
    assert client.ended == told
    await client.close()


async def test_nobody_listening_is_said_plainly(path: Path) -> None:
    with pytest.raises(EngineUnreachable, match="No engine is running"):
        await EngineClient.connect(path, "cli")


async def test_the_socket_is_private(server: ControlServer, path: Path) -> None:
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
