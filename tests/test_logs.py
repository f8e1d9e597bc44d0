"""What reaches a log: own events, and of errors and libraries nothing that they say of anybody."""

import asyncio
import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.logs import logging_to

ADDRESS = "127.0.0.1"
PRIVATE = "ada@home-3fk2"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "some.log"
    with logging_to(path):
        yield path


def lines(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


class Faulty(asyncio.Protocol):
    """Fails at what arrives, in words that name somebody."""

    def data_received(self, data: bytes) -> None:
        raise ValueError(f"{PRIVATE} sent {data!r} from {ADDRESS}")


async def test_what_asyncio_says_of_sockets_and_transports_names_no_address(log: Path) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(None)
    server = await loop.create_server(Faulty, ADDRESS, 0)
    with socket.create_connection(server.sockets[0].getsockname()) as visitor:
        visitor.sendall(b"hello")
        async with asyncio.timeout(10):
            while not log.exists():  # noqa: ASYNC110 - nothing to be woken by
                await asyncio.sleep(0.01)
        context = {"message": f"cannot accept from {ADDRESS}", "socket": visitor}
        loop.call_exception_handler(context)
        loop.call_exception_handler({"message": "transport", "transport": server.sockets[0]})
    server.close()
    assert ADDRESS not in log.read_text()
    assert PRIVATE not in log.read_text()
    fatal, accepting, transport = lines(log)
    assert (fatal["library"], fatal["error"]) == ("asyncio", "ValueError")
    assert str(fatal["traceback"]).count("test_logs.py:") == 1
    for line in (accepting, transport):
        assert set(line) == {"library", "at", "level", "timestamp"}


@pytest.mark.parametrize("name", ["tui_call.x", "asyncio"])
def test_an_error_is_its_class_and_where_it_came_from(log: Path, name: str) -> None:
    try:
        raise FileNotFoundError(2, "no such person", PRIVATE)
    except OSError:
        logging.getLogger(name).exception("defect")
    (line,) = lines(log)
    assert (line["error"], line["errno"], line["level"]) == ("FileNotFoundError", 2, "error")
    assert len(line["traceback"]) == 1  # type: ignore[arg-type]
    assert PRIVATE not in log.read_text()


def test_own_events_are_kept_whole_and_libraries_without_their_words(log: Path) -> None:
    logging.getLogger("tui_call.x").info("device online", {"online": 3})
    logging.getLogger("aioice").info("%s is quiet", PRIVATE)
    logging.getLogger("aiohttp.server").error("request from %s", ADDRESS, stack_info=True)
    logging.getLogger("aiohttp.server").warning(f"request from {ADDRESS}")
    own, *others = lines(log)
    assert (own["event"], own["online"]) == ("device online", 3)
    assert [(line["library"], line["level"]) for line in others] == [
        ("aiohttp.server", "error"), ("aiohttp.server", "warning"),
    ]  # fmt: skip
    assert all(str(line["at"]).startswith("test_logs.py:") for line in others)
    assert ADDRESS not in log.read_text()
