"""All of tui-call over the control socket of systems whose sockets do not name their users."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.engines import Home, Person, a_call
from tests.support.household import Household
from tui_call.control import platform
from tui_call.control.client import EngineClient, EngineUnreachable
from tui_call.control.door import SOCKET_NAME, Door

pytestmark = pytest.mark.e2e

LOOPBACK = {"TESTS_WITHOUT_NAMED_SOCKETS": "yes"}


@pytest.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Home]:
    monkeypatch.setattr(platform, "SOCKETS_NAME_USERS", False)
    async with Home(tmp_path, **LOOPBACK) as home:
        yield home


def token_file(person: Person) -> Path:
    return Door.of(person.paths).find()


async def test_a_call_is_made_seen_and_ended(home: Home) -> None:
    ada, ben = await home.person("ada"), await home.person("ben")
    assert token_file(ada).is_file()
    assert token_file(ada).stat().st_mode & 0o777 == 0o600
    async with a_call(ada, ben):
        await ben.hears_more()
        status = await home.command("--profile", "ben", "status")
        assert ada.code == ben.code
        assert " Ada " in status.output
        assert (await home.command("--profile", "ada", "hangup")).status == 0
        await ben.until(lambda one: one.phase == "ended")
    left = token_file(ben)
    assert (await home.command("--profile", "ben", "stop")).status == 0
    assert not left.exists()


async def test_who_cannot_read_the_token_gets_nothing_from_an_engine(
    home: Home, tmp_path: Path
) -> None:
    ada = await home.person("ada")
    port, token = token_file(ada).read_text().split()
    wrong = token_file(ada).with_name("guessed")
    wrong.write_text(f"{port} {'0' * len(token)}\n")
    with pytest.raises(EngineUnreachable):
        await EngineClient.connect(wrong, "cli")
    assert (await home.command("--profile", "ada", "status")).status == 0


def test_a_screen_shows_its_engine() -> None:
    with Household(LOOPBACK | {"TUI_CALL_AUDIO__PORT": "files"}) as home, home.app() as app:
        app.set_up("Ada")
        assert next(home.home.rglob(SOCKET_NAME)).is_file(), "it is no socket but a file"
