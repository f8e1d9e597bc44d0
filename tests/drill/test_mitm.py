"""The drill claims no more than what the engines show, also where a defence is missing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from tests.support.fake_engine import active_call, calls_of, person, ready, ringing_call, said
from tui_call.control.actions import Action, Answer, Call, DismissCall, HangUp, UseFiles
from tui_call.control.client import EngineClient
from tui_call.control.lines import Result
from tui_call.control.views import CodeView, EventView, Snapshot
from tui_call.drill.intruder import Intruder
from tui_call.drill.mitm import acquaintances
from tui_call.drill.stage import Stage, Voices
from tui_call.voice.samples import silence

CODE = CodeView("0000", caller=True, emoji=(("⚽", "ball"),), words=("zulu",))
OTHER = CodeView("1111", caller=True, emoji=(("🔔", "bell"),), words=("adult",))


class Scripted:
    """An engine that is where the script says as soon as it is told something."""

    def __init__(self, name: str, script: Callable[[Action], None]) -> None:
        self.snapshot: Snapshot = ready(call=None)
        self.name = name
        self._script = script

    async def command(self, action: Action) -> Result:
        self._script(action)
        return {}

    def shows(self, **parts: Any) -> None:
        self.snapshot = msgspec.structs.replace(self.snapshot, **calls_of(parts))


class Pair:
    """Ada's and Ben's engine; `second` is what the second call leads to."""

    def __init__(self, second: "Callable[[Pair], None]", codes: tuple[CodeView, CodeView]) -> None:
        self.ada, self.ben = Scripted("Ada", self._script), Scripted("Ben", self._script)
        self._second = second
        self._codes = codes
        self._calls = 0

    @property
    def stage(self) -> Stage:
        clients = cast("EngineClient", self.ada), cast("EngineClient", self.ben)
        voices = Voices(2.0, silence(), silence())
        return Stage(Intruder(2.0), *clients, voices, Path("voices"))

    def both(self, **call: Any) -> None:
        for engine, peer, code in zip(
            (self.ada, self.ben), ("Ben", "Ada"), self._codes, strict=True
        ):
            engine.shows(call=active_call(person(peer), code=code, **call))

    def _script(self, action: Action) -> None:
        match action:
            case Call():
                self._calls += 1
                if self._calls == 2:
                    self._second(self)
                else:
                    self.ben.shows(call=ringing_call(person("Ada")))
            case Answer():
                self.both()
            case HangUp():
                self.both(phase="ended", end_reason=said("G_ENDED", dur="1:00", who="You"))
            case DismissCall():
                for engine in (self.ada, self.ben):
                    engine.shows(call=None)
            case _:
                assert isinstance(action, UseFiles)


class Notes:
    """An audience that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def look_at(self, stage: Stage) -> None: ...

    def tell(self, code: str, **fields: str) -> None:
        self.told.append(code)

    async def do_they_match(self) -> bool | None:
        return None

    async def go_on(self, code: str) -> None: ...

    async def listen(self, sound: object) -> bool | None:
        return None


def refused(pair: Pair) -> None:
    end = said("R_KEY_CHANGED", "caller", peer="Ben")
    call = active_call(person("Ben"), phase="ended", code=None, end_reason=end)
    pair.ada.shows(call=call)
    warned = said("R_KEY_CHANGED", "callee", peer="Ada")
    pair.ben.shows(notices=(EventView(0, warned),))


def rings(pair: Pair) -> None:
    pair.ada.shows(call=active_call(person("Ben"), phase="ringing"))
    pair.ben.shows(call=ringing_call(person("Ada")))


def stopped_at_one_end(pair: Pair) -> None:
    refused(pair)
    rings_at_ben = ringing_call(person("Ada"))
    pair.ben.shows(call=rings_at_ben, notices=())


async def test_a_call_that_both_refuse_is_the_defence() -> None:
    pair, audience = Pair(refused, (CODE, CODE)), Notes()
    act = await acquaintances(pair.stage, audience)
    assert act.defended
    assert not act.rang
    assert audience.told == ["D_KNOWN", "D_HONEST", "D_AGAIN", "D_STOPPED", "D_HELD"]


@pytest.mark.parametrize("second", [rings, stopped_at_one_end])
async def test_a_call_that_rings_is_none(second: Callable[[Pair], None]) -> None:
    pair, audience = Pair(second, (CODE, CODE)), Notes()
    act = await acquaintances(pair.stage, audience)
    assert act.rang
    assert not act.defended
    assert audience.told == ["D_KNOWN", "D_HONEST", "D_AGAIN"]


async def test_an_honest_call_with_two_codes_is_told_as_none() -> None:
    pair, audience = Pair(refused, (CODE, OTHER)), Notes()
    act = await acquaintances(pair.stage, audience)
    assert not act.defended
    assert audience.told == ["D_KNOWN", "D_AGAIN"]
