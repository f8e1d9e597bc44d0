"""The screen of a drill: what both engines say, what is between them, and answers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import msgspec
import pytest
from textual.pilot import Pilot

from tests.support.fake_engine import (
    FakeEngine,
    active_call,
    person,
    ready,
    said,
    with_fields,
)
from tui_call.control.views import CodeView, EventView, SettingView, Snapshot
from tui_call.errors import LocalFault
from tui_call.tui.drill import DrillApp, between, pane

WORDS = ("nightbird", "microwave", "stairway", "vacancy", "slingshot", "decimal")
EMOJI = tuple((symbol, "name") for symbol in "🎺🔔🐷🏁🎧⚽🐧")
ADA_DIGITS, BEN_DIGITS = "2003 2383 4617 0106 6772", "4157 3197 4873 7305 6248"


def of(name: str, peer: str, digits: str) -> Snapshot:
    call = active_call(
        person(peer),
        code=CodeView(digits, caller=True, emoji=EMOJI, words=WORDS),
        shield=said("SH_NEW"),
    )
    at = ready(call=call)
    return msgspec.structs.replace(at, me=msgspec.structs.replace(at.me, name=name))


@dataclass
class Scene:
    """Ada and Ben in a call that is attacked."""

    engines: tuple[FakeEngine, FakeEngine] = field(
        default_factory=lambda: (
            FakeEngine(of("Ada", "Ben", ADA_DIGITS)),
            FakeEngine(of("Ben", "Ada", BEN_DIGITS)),
        )
    )
    attacked: bool = True
    seconds_heard: float = 3.2


@dataclass
class Shown:
    """A drill on a screen."""

    app: DrillApp
    pilot: Pilot[None]

    @property
    def text(self) -> str:
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(part.text for part in strip) for strip in strips)

    async def reads(self, text: str) -> None:
        async with asyncio.timeout(20):
            while text not in self.text:
                await self.pilot.pause(0.01)


def plain(rows: list) -> str:
    return "\n".join(row.plain for row in rows)


async def run(
    drill: Callable[[DrillApp], Awaitable[None]],
    person_does: Callable[[Shown], Awaitable[None]],
    size: tuple[int, int] = (80, 24),
) -> DrillApp:
    """Show a drill while a person does something; both have come to their ends after it."""

    async def show() -> None:
        await drill(app)

    app = DrillApp(show)
    async with app.run_test(size=size) as pilot:
        await person_does(Shown(app, pilot))
        async with asyncio.timeout(20):
            while app.is_running and not app._exit:
                await pilot.pause(0.01)
    return app


async def test_two_codes_and_the_one_between_fit_a_small_terminal() -> None:
    async def drill(app: DrillApp) -> None:
        app.look_at(Scene())
        for number in range(7):
            app.tell(f"Step {number} of what happens.")
        await app.ask("Do they match?", {"y": "They match", "n": "They differ"})

    async def look(shown: Shown) -> None:
        await shown.reads("Do they match?")
        rows = shown.text.splitlines()
        drill_words = said("SH_DRILL")
        assert rows[0].strip() == f"✖ DRILL  {drill_words.text}"
        assert "Ada's screen" in rows[1]
        assert rows[1].index("Ben's screen") > 40
        (codes,) = [row for row in rows if ADA_DIGITS in row]
        assert BEN_DIGITS in codes
        assert "E2EE ──→ ✖ INTRUDER ←── E2EE" in shown.text
        assert "he heard 3 s of each" in shown.text
        for word in (*WORDS, "Step 0", "Step 6"):
            assert word in shown.text
        assert rows[-1].split() == ["y", "They", "match", "n", "They", "differ", "q", "Leave"]
        await shown.pilot.press("n")

    await run(drill, look)


async def test_only_the_keys_that_are_named_answer() -> None:
    answers: list[str] = []

    async def drill(app: DrillApp) -> None:
        app.look_at(Scene())
        answers.append(await app.ask("Match?", {"y": "Yes", "n": "No"}))
        answers.append(await app.ask("And now?", {"enter": "Go on"}))

    async def answer(shown: Shown) -> None:
        await shown.reads("Match?")
        await shown.pilot.press("x", "enter", "Y")
        await shown.reads("And now?")
        await shown.pilot.press("n", "enter")

    await run(drill, answer)
    assert answers == ["y", "enter"]


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_who_leaves_ends_the_drill_first(key: str) -> None:
    ended: list[str] = []
    engines_end = asyncio.Event()

    async def drill(app: DrillApp) -> None:
        try:
            await app.ask("Match?", {"y": "Yes"})
        finally:
            await engines_end.wait()
            ended.append("engines")

    async def leave(shown: Shown) -> None:
        await shown.reads("Match?")
        await shown.pilot.press(key)
        await shown.reads("Ending the engines")
        await shown.pilot.press(key)
        engines_end.set()

    app = await run(drill, leave)
    assert ended == ["engines"]
    assert app.fault is None


@pytest.mark.parametrize("fault", [LocalFault("It did not start."), KeyError("a defect")])
async def test_a_fault_ends_the_screen_and_is_kept(fault: Exception) -> None:

    async def drill(_app: DrillApp) -> None:
        raise fault

    async def wait(_shown: Shown) -> None: ...

    assert (await run(drill, wait)).fault is fault


async def test_symbols_can_be_ascii() -> None:
    scene = Scene()
    glyphs = SettingView("ui.glyphs", "", "choice", "ascii", "unicode", "environment")
    scene.engines[0].change(settings=(glyphs,))

    async def drill(app: DrillApp) -> None:
        app.look_at(scene)
        await app.ask("Match?", {"y": "Yes"})

    async def look(shown: Shown) -> None:
        await shown.reads("Match?")
        assert "E2EE --> x INTRUDER <-- E2EE" in shown.text
        assert not set("←→✖─") & set(shown.text)
        await shown.pilot.press("y")

    await run(drill, look)


@pytest.mark.parametrize("width", [29, 39, 59])
def test_a_pane_shows_the_whole_code_at_every_width(width: int) -> None:
    rows = pane(of("Ada", "Ben", ADA_DIGITS), width)
    assert max(row.cell_length for row in rows) <= width
    shown = plain(rows)
    for part in (ADA_DIGITS, *WORDS, *(symbol for symbol, _ in EMOJI), "in a call"):
        assert part in shown


def test_a_pane_says_why_there_is_no_call() -> None:
    ended = of("Ada", "Ben", ADA_DIGITS)
    assert ended.front is not None
    stopped = said("R_KEY_CHANGED", "caller", peer="Ben")
    fields = {
        "phase": "ended",
        "code": None,
        "shield": said("SH_CHANGED", peer="Ben"),
        "end_reason": stopped,
    }
    call = with_fields(ended.front, fields)
    shown = plain(pane(msgspec.structs.replace(ended, calls=(call,)), 80))
    assert stopped.text in shown
    assert "✖ KEY CHANGED" in shown
    warned = said("R_KEY_CHANGED", "callee", peer="Ada")
    notices = (EventView(0, warned),)
    shown = plain(pane(msgspec.structs.replace(ended, calls=(), notices=notices), 80))
    assert warned.text in shown


def test_the_line_between_tells_one_call_from_two() -> None:
    ada, ben = of("Ada", "Ben", ADA_DIGITS), of("Ben", "Ada", BEN_DIGITS)
    honest = between(ada, ben, attacked=False, heard=0).plain
    assert honest.count("E2EE") == 1
    assert "INTRUDER" not in honest
    assert between(ada, ben, attacked=True, heard=0).plain.count("E2EE") == 2
    over = msgspec.structs.replace(ada, calls=())
    apart = between(over, ben, attacked=True, heard=2).plain
    assert apart.count("E2EE") == 1
    assert apart.endswith("he heard 2 s of each")
