"""To whom a drill is shown: nobody, a reader of lines, or a person at a full screen."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping

import click

from tui_call.cli.session import say
from tui_call.control import platform
from tui_call.control.client import EngineClient
from tui_call.control.views import SentenceView
from tui_call.drill.mitm import Audience, Outcome
from tui_call.drill.playback import play
from tui_call.drill.stage import Stage
from tui_call.sentences import sentence, text_of
from tui_call.tui import keymap
from tui_call.voice.devices.sound_devices import SoundDevicePort
from tui_call.voice.samples import Samples

GO_ON = {"enter": "Go on"}
VERDICTS = {"y": "They match", "n": "They differ"}


class Nobody:
    """Only the outcome counts."""

    def look_at(self, stage: Stage) -> None:
        """Look away."""

    def tell(self, code: str, **fields: str) -> None:
        """Say nothing."""

    async def do_they_match(self) -> bool | None:
        """Nobody can be asked."""
        return None

    async def go_on(self, code: str) -> None:
        """Nobody reads."""

    async def listen(self, sound: Samples) -> bool | None:  # noqa: ARG002
        """Nobody listens."""
        return None


class Lines(Nobody):
    """What happens, one line each, with what both engines say where that is the point."""

    def __init__(self) -> None:
        self._stage: Stage | None = None
        say(sentence("SH_DRILL").text)

    def look_at(self, stage: Stage) -> None:
        """Take the lines of these two engines."""
        self._stage = stage

    def tell(self, code: str, **fields: str) -> None:
        """Print the sentence, and what both engines say after it."""
        if code in ("D_OVER", "D_FAILED"):
            return  # said at the very end, whoever looks
        say(_told(code, fields))
        if self._stage is None:
            return
        for client in self._stage.engines:
            match code:
                case "D_CODES" | "D_HONEST":
                    _say_code(client)
                case "D_ENDED_UNTIL" | "D_STOPPED":
                    _say_end(client)
                case _:
                    pass

    async def listen(self, sound: Samples) -> bool | None:
        """Play the tape where a person is likely to listen."""
        if not sys.stdout.isatty() or self._stage is None:
            return None
        return await _played(sound, self._stage, lambda: self.tell("D_PLAYS"))


class OnScreen:
    """A full screen: two engines side by side, and questions.

    Attributes:
        app: what shows it.
    """

    def __init__(self, act: Callable[[Audience], Awaitable[Outcome]]) -> None:
        """Make the screen; `act` is the drill, shown to what it is given."""
        from tui_call.tui.drill import DrillApp

        self.app = DrillApp(self._show)
        self._act = act
        self._outcome: Outcome | None = None
        self._stage: Stage | None = None

    @staticmethod
    def possible() -> bool:
        """Whether there is a terminal that can show it and be typed at."""
        capable = os.environ.get("TERM", "dumb") != "dumb"
        return capable and sys.stdin.isatty() and sys.stdout.isatty()

    def run(self) -> Outcome:
        """Show the drill until its end.

        Raises:
            click.Abort: the person left before.
            LocalFault: something did not start, or did not happen in time.
        """
        self.app.show()
        if self.app.fault is not None:
            raise self.app.fault
        if self._outcome is None:
            raise click.Abort
        return self._outcome

    async def _show(self) -> None:
        # Textual waits for a terminal that is gone; what the rehearsal does then does not.
        platform.stop_on_signals(asyncio.get_running_loop(), self.app.leave, hang_up="ends")
        self._outcome = await self._act(self)
        await self.app.ask("", {})

    def look_at(self, stage: Stage) -> None:
        """Show these two engines."""
        self._stage = stage
        self.app.look_at(stage)

    def tell(self, code: str, **fields: str) -> None:
        """Add a line to what was told."""
        self.app.tell(_told(code, fields))

    async def do_they_match(self) -> bool | None:
        """Ask the person."""
        return await self.app.ask(sentence("D_ASK").text, VERDICTS) == "y"

    async def go_on(self, code: str) -> None:
        """Wait for the person."""
        await self.app.ask(sentence(code).text, GO_ON)

    async def listen(self, sound: Samples) -> bool | None:
        """Play the tape."""
        if self._stage is None:
            return None
        return await _played(sound, self._stage, lambda: self.tell("D_PLAYS"))


def _say_code(client: EngineClient) -> None:
    call, name = client.snapshot.front, client.snapshot.me.name
    if call is None or call.member.code is None:
        return
    say(f"{name}: {call.shield.label}. {call.shield.text}")
    say(f"{name}: digits {call.member.code.digits}")
    say(f"{name}: words {' '.join(call.member.code.words)}")
    say(f"{name}: emoji {' '.join(symbol for symbol, _ in call.member.code.emoji)}")


def _say_end(client: EngineClient) -> None:
    words = _last_words(client)
    if words is not None:
        say(f"{client.snapshot.me.name}: {words.whole} [{words.code}]")


def _last_words(client: EngineClient) -> SentenceView | None:
    """Return what an engine said last of a call that ended or never began."""
    call, notices = client.snapshot.front, client.snapshot.notices
    if call is not None and call.end_reason is not None:
        return call.end_reason
    return notices[-1].sentence if notices else None


async def _played(sound: Samples, stage: Stage, begins: Callable[[], None]) -> bool:
    """Play a sound as the settings want it; False where there is no speaker."""
    settings = {view.key: view.value for view in stage.caller.snapshot.settings}
    if settings.get("audio.port") != "devices":
        return False
    port = SoundDevicePort(None, settings.get("audio.speaker", ""))
    return await play(sound, port, begins)


def _told(code: str, fields: Mapping[str, str]) -> str:
    """Return a sentence, with the keys that some of them name as they are without a setting."""
    look, differ = (keymap.shown(keymap.BY_ID[id_].keys) for id_ in ("call.keys", "keys.differ"))
    return text_of(code, look=look, differ=differ, **fields)
