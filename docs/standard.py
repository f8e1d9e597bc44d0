"""A standard call in pictures: Ada asks first, merges, adds, parks the call and takes it back.

Three people with engines of their own, and Echo as the fourth, through the bridge of a personal
service.
"""

import asyncio
from collections.abc import Awaitable, Callable

from actors import Person, person

from tui_call.control.views import CallView, Snapshot
from tui_call.tui.talk import QUIET_BEFORE_ARMED

_A_WHILE = 6.0
_WITHIN = 120.0
Come = Callable[[Person, str], Awaitable[None]]


class _Turns:
    """What others wait for: Ada is there, and all is over."""

    def __init__(self) -> None:
        self.ada, self.over = asyncio.Event(), asyncio.Event()


async def standard(size: tuple[int, int], come: Come) -> None:
    """Let all come and act.

    Args:
        size: of each screen, columns and rows.
        come: says who somebody is, on the first screen.
    """
    turns = _Turns()
    async with asyncio.TaskGroup() as people:
        people.create_task(_be_ada(size, turns, come))
        for profile, name in (("second", "Grace Hopper"), ("third", "Katherine Johnson")):
            people.create_task(_answer_all(profile, name, size, turns, come))


async def _be_ada(size: tuple[int, int], turns: _Turns, come: Come) -> None:
    async with person("default", size) as ada:
        await come(ada, "Ada Lovelace")
        turns.ada.set()
        await ada.waits(lambda at: len(at.people) > 2, _WITHIN)
        await _find(ada, "grace", "s")
        await ada.waits(_in_call(1))
        await ada.press("X", *"kath", "enter")
        await ada.waits(lambda at: _front(at) is not None and at.calls[0].consulting, _WITHIN)
        await asyncio.sleep(_A_WHILE)
        await ada.picture("transfer", "Ada asks Katherine first; Grace hears music meanwhile")
        await ada.press("ctrl+x")
        await ada.waits(_in_call(1))
        await ada.press("1", "escape")
        await _find(ada, "kath", "s")
        await ada.waits(lambda at: _in_call(1)(at) and len(at.calls) > 1, _WITHIN)
        await ada.press("g")
        await ada.waits(_in_call(2), _WITHIN)
        await ada.picture("merge", "Ada has made one call of the two")
        await ada.press("plus", *"echo", "enter")
        await ada.waits(_in_call(3), _WITHIN)
        await asyncio.sleep(_A_WHILE)
        await ada.picture("standard", "A standard call of four")
        await ada.press("u")
        await ada.picture("roster", "Who is in the call")
        await ada.press("escape", "p")
        await ada.waits(lambda at: _front(at) is None, _WITHIN)
        await ada.press("1", "P")
        await ada.reads("Retrieve from")
        await ada.picture("park", "The call is parked, and Ada takes it back")
        await ada.press("enter")
        await ada.waits(_in_call(3), _WITHIN)
        await ada.press("ctrl+x")
        turns.over.set()


async def _answer_all(
    profile: str, name: str, size: tuple[int, int], turns: _Turns, come: Come
) -> None:
    """Answer whatever rings until all is over."""
    await turns.ada.wait()
    async with person(profile, size) as somebody:
        await come(somebody, name)
        while not turns.over.is_set():
            snapshot = somebody.app.snapshot
            call = _front(snapshot) if snapshot else None
            if call is not None and call.ringing_here:
                await asyncio.sleep(QUIET_BEFORE_ARMED)
                if profile == "second":
                    await somebody.picture("incoming-standard", "A standard call comes")
                await somebody.press("a")
            await asyncio.sleep(QUIET_BEFORE_ARMED)


async def _find(somebody: Person, name: str, key: str) -> None:
    """Find somebody in People, and press a key there."""
    await somebody.press("slash", *name, "enter", key)


def _front(at: Snapshot) -> CallView | None:
    """Return the call in front while it lasts."""
    return at.front if at.front is not None and at.front.phase != "ended" else None


def _in_call(others: int) -> Callable[[Snapshot], bool]:
    """Return, as a condition, whether so many others are heard in the call in front."""

    def are(at: Snapshot) -> bool:
        call = _front(at)
        here = [one for one in call.members if one.state == "here"] if call else []
        return call is not None and call.phase == "active" and len(here) == others

    return are
