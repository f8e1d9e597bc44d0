"""Makes the pictures of the screens: `.venv/bin/python docs/make_screens.py [STORY…]`.

Three people of one computer, Ada, Grace and Katherine, and the contact Echo: real engines, a real
service and the real application, used by its keys, in a directory that is removed afterwards. Sound
comes from the built-in signal, so no sound device is needed. Then the drill, as a person sees it,
two standard calls, and an organisation.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping
from functools import partial

from actors import DIRECTORY, Person, Terminal, home, person
from kept import kept
from organisation import organisation
from standard import standard

from tui_call import logs
from tui_call.cli.drill_audiences import OnScreen
from tui_call.control.views import Snapshot
from tui_call.drill.mitm import perform
from tui_call.drill.stage import Voices
from tui_call.sentences import text_of
from tui_call.service.main import LOG_FILE
from tui_call.tui.screens.keys import LOOK_FIRST
from tui_call.tui.talk import QUIET_BEFORE_ARMED

SIZES = ((80, 24), (120, 40))
CALL_WITHIN = 300.0
A_WHILE = 5.0
DRILL_SECONDS = 4.0
CLOSED = {
    "t": "captions",
    "T": "transcript",
    "x": "transfer",
    "X": "consult",
    "p": "park",
    "g": "merge",
    "plus": "add",
    "H": "hand-over",
}
"""What E2EE closes beside recording, by its key."""


async def welcome(somebody: Person, name: str, *, pictured: bool = False) -> None:
    """Say who one is, take E2EE calls, and keep the key in a plain file."""
    await somebody.waits(lambda at: at.me.state == "new")
    await somebody.type(name)
    await somebody.press("enter")
    if pictured:
        await somebody.picture("welcome", "Welcome: E2EE calls on or off?")
    await somebody.press("enter", "enter")
    await somebody.reads("How shall your key be protected?")
    await somebody.press("down", "enter")
    await somebody.waits(lambda at: at.service.state == "online" and bool(at.people))
    await somebody.waits(lambda at: at.encryption.on)


async def call_echo(ada: Person) -> None:
    """Call the only person that a newcomer has, so that there is a past call."""
    await ada.press("enter")
    await ada.waits(phase("active"))
    await ada.press("ctrl+x")
    await ada.waits(phase("ended"))
    await ada.press("escape")


async def call_grace(ada: Person) -> None:
    """Call her as soon as she is there, and wait until she answers."""
    await ada.waits(lambda at: len(at.people) > 1)
    await ada.press("down")
    await ada.picture("people", "People: Ada can call Grace and Echo")
    await ada.press("enter")
    await ada.waits(phase("active"))


async def compare(ada: Person) -> None:
    """Compare the code in each of its forms, say that it is the same."""
    await ada.press("v")
    await ada.picture("keys", "The code of the call as digits")
    await ada.press("f", "f")
    await ada.picture("keys-emoji", "The code of the call as emoji")
    await ada.press("f")
    await ada.picture("keys-in-person", "The fingerprint, as digits and QR code")
    await ada.press("f")
    await asyncio.sleep(LOOK_FIRST)
    await ada.press("y")
    await ada.waits(
        lambda at: at.front is not None and at.front.member.person.standing == "compared"
    )
    await ada.press("escape")


async def talk(ada: Person, *, small: bool) -> None:
    """Talk for a while; try what E2EE closes; look at the help and the settings."""
    await asyncio.sleep(A_WHILE)
    await ada.picture("call", "An E2EE call")
    await ada.press("r")
    await ada.picture("reason", "Record was pressed, and the screen says why it is off")
    for key, name in CLOSED.items() if small else ():
        await ada.press("escape", key)
        await ada.picture(f"reason-{name}", f"What the screen says of {name} in an E2EE call")
    await ada.press("escape", "question_mark")
    await ada.picture("help", "Help: the keys of a call, then all others")
    await ada.press("escape", "3")
    await ada.picture("settings", "Settings")
    await ada.press("0")


async def take_another(ada: Person) -> None:
    """See Katherine wait, hold Grace and answer her, go back to Grace when she hangs up."""
    await ada.waits(lambda at: len(at.calls) > 1, CALL_WITHIN)
    await ada.picture("waiting", "Katherine calls beside the call with Grace")
    await ada.press("w", "a")
    await ada.waits(lambda at: phase("active")(at) and len(at.calls) > 1 and _with(at, "Katherine"))
    await asyncio.sleep(A_WHILE)
    await ada.picture("two-calls", "Two calls: Katherine in front, Grace on hold")
    await ada.press("ctrl+x")
    await ada.waits(lambda at: _with(at, "Grace"))
    await ada.press("w")
    await ada.waits(lambda at: at.front is not None and not at.front.on_hold)


async def be_ada(size: tuple[int, int], is_there: asyncio.Event, talks: asyncio.Event) -> None:
    """Call Echo, then Grace; compare, talk, take another call, hang up."""
    async with person("default", size) as ada:
        await welcome(ada, "Ada Lovelace", pictured=True)
        await call_echo(ada)
        is_there.set()
        await call_grace(ada)
        await compare(ada)
        await talk(ada, small=size == SIZES[0])
        talks.set()
        await take_another(ada)
        await ada.press("ctrl+x")
        await ada.waits(phase("ended"))
        await ada.picture("ended", "The call has ended")


async def be_grace(size: tuple[int, int], ada_is_there: asyncio.Event) -> None:
    """Come when Ada is there, and answer her call."""
    await ada_is_there.wait()
    async with person("second", size) as grace:
        await welcome(grace, "Grace Hopper")
        await grace.waits(lambda at: at.front is not None and at.front.ringing_here)
        await asyncio.sleep(QUIET_BEFORE_ARMED)
        await grace.picture("incoming", "Grace's screen: Ada calls")
        await grace.press("a")
        await grace.waits(phase("ended"), CALL_WITHIN)


async def be_katherine(size: tuple[int, int], ada_talks: asyncio.Event) -> None:
    """Come when Ada talks, and call her."""
    await ada_talks.wait()
    async with person("third", size) as katherine:
        await welcome(katherine, "Katherine Johnson")
        await katherine.waits(lambda at: any(one.name.startswith("Ada") for one in at.people))
        await katherine.press("slash", "a", "d", "a", "enter", "enter")
        await katherine.waits(phase("active"))
        await katherine.waits(phase("ended"), CALL_WITHIN)


async def story(size: tuple[int, int]) -> None:
    """Let both act, each in a task of its own: Textual knows one application a task."""
    ada_is_there, ada_talks = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as people:
        people.create_task(be_ada(size, ada_is_there, ada_talks))
        people.create_task(be_grace(size, ada_is_there))
        people.create_task(be_katherine(size, ada_talks))


async def watch_the_drill(size: tuple[int, int]) -> None:
    """See the attack, say that the codes differ, and see the call refused."""
    voices = Voices.of(DRILL_SECONDS, None)
    screen = OnScreen(lambda audience: perform(voices, audience))
    async with screen.app.run_test(size=size) as pilot:
        learner = Terminal(screen.app, pilot)
        await learner.reads("Do the two codes match?")
        await asyncio.sleep(DRILL_SECONDS)
        await learner.picture("drill", "A drill: somebody in the middle, and codes that differ")
        await learner.press("n")
        for what_comes in ("what he heard", "who know each other", "calls once more"):
            await learner.reads(what_comes)
            await learner.press("enter")
        await learner.reads(text_of("D_OVER"))
        await learner.picture("drill-refused", "A drill: a call refused because of another key")
        await learner.press("q")


def _with(at: Snapshot, name: str) -> bool:
    """Tell whether the call in front is with somebody whose name begins so."""
    return at.front is not None and at.front.member.name.startswith(name)


def phase(wanted: str) -> Callable[[Snapshot], bool]:
    """Return, as a condition, whether the call is in a phase."""
    return lambda at: at.front is not None and at.front.phase == wanted


STORIES: Mapping[str, Callable[[tuple[int, int]], Coroutine[None, None, None]]] = {
    "e2ee": story,
    "drill": watch_the_drill,
    "standard": partial(standard, come=welcome),
    "kept": partial(kept, come=welcome),
    "organisation": organisation,
}


def main() -> None:
    """Make the pictures of the stories that are named, of all without a name."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        for name in sys.argv[1:] or STORIES:
            with home() as directory:
                logs.log_to(directory / LOG_FILE)
                asyncio.run(STORIES[name](size))


if __name__ == "__main__":
    main()
