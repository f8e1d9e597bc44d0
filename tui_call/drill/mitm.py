"""The order of events: two strangers, whom only the code can warn; then two who know their keys.

What is told is taken from the two engines' control sockets and from the intruder's tapes; the
words are those of `sentences.txt`.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tui_call.control.client import EngineClient
from tui_call.control.messages import (
    Answer,
    Call,
    CallView,
    CodeView,
    Compare,
    DismissCall,
    HangUp,
    SentenceView,
    Statistics,
)
from tui_call.control.rehearsal import RehearsalFailed, phase, reach, rings
from tui_call.drill.stage import Stage, Voices, stage
from tui_call.drill.tape import Tape
from tui_call.reasons import EndReason
from tui_call.voice.alignment import Alignment
from tui_call.voice.sound import Samples, mixed

_LOOK_EVERY = 0.05
_TAPE_WITHIN = 30.0


class Audience(Protocol):
    """To whom the drill is shown."""

    def look_at(self, at: Stage) -> None:
        """Show these two engines from now on."""
        ...

    def tell(self, code: str, **fields: str) -> None:
        """Say what happens, by the code of its sentence."""
        ...

    async def do_they_match(self) -> bool | None:
        """Ask whether the codes match; None where nobody can be asked."""
        ...

    async def go_on(self, code: str) -> None:
        """Return when what was told has been read; the sentence says what comes next."""
        ...

    async def listen(self, sound: Samples) -> bool | None:
        """Play the intruder's tape; False without a speaker, None where nobody listens."""
        ...


@dataclass(frozen=True, slots=True)
class Overheard:
    """What the intruder has of one voice, and where it is found in what was said."""

    samples: Samples
    found: Alignment

    @property
    def percent(self) -> int:
        """How much of the speech that he could hear is on his tape."""
        return round(100 * len(self.found.delays) / max(1, self.found.windows))


@dataclass(frozen=True, slots=True)
class Strangers:
    """What came of the call between two who have never called each other.

    Attributes:
        codes: as Ada's and Ben's engine show them.
        shields: what each engine said of the call while it lasted.
        ends: what each engine said when its person had said that the codes differ.
        heard: Ada's voice and Ben's.
    """

    codes: tuple[CodeView, CodeView]
    shields: tuple[SentenceView, SentenceView]
    ends: tuple[SentenceView, SentenceView]
    heard: tuple[Overheard, Overheard]

    @property
    def defended(self) -> bool:
        """Whether the intruder could be seen: each form of the code differs."""
        return _differ(self.codes)


@dataclass(frozen=True, slots=True)
class Acquaintances:
    """What came of the call between two who know each other's keys.

    Attributes:
        codes: of the honest call, as both engines show them.
        ends: what each engine said of the call that the intruder took.
        rang: whether that call rang or showed a code anywhere.
    """

    codes: tuple[CodeView, CodeView]
    ends: tuple[SentenceView, SentenceView]
    rang: bool

    @property
    def defended(self) -> bool:
        """Whether the call was refused at both ends, for its key, before it rang."""
        refused = all(end.code == EndReason.KEY_CHANGED for end in self.ends)
        return refused and not self.rang and not _differ(self.codes)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the drill has shown; `strangers` is None where only the other act was wanted."""

    strangers: Strangers | None
    acquaintances: Acquaintances

    @property
    def defended(self) -> bool:
        """Whether the defence showed in every act."""
        first = self.strangers is None or self.strangers.defended
        return first and self.acquaintances.defended


async def perform(voices: Voices, audience: Audience, *, only_pinned: bool = False) -> Outcome:
    """Show it all, each act with engines and a service of its own.

    Args:
        voices: what Ada and Ben say.
        audience: to whom.
        only_pinned: leave the strangers out.

    Raises:
        LocalFault: something did not start, or did not happen in time.
    """
    first: Strangers | None = None
    if not only_pinned:
        audience.tell("D_SETTING")
        async with stage(voices) as setting:
            first = await strangers(setting, audience)
        await audience.go_on("D_THEN_KNOWN")
    audience.tell("D_SETTING")
    async with stage(voices) as setting:
        second = await acquaintances(setting, audience)
    outcome = Outcome(first, second)
    audience.tell("D_OVER" if outcome.defended else "D_FAILED")
    return outcome


async def strangers(at: Stage, audience: Audience) -> Strangers:
    """Let the intruder take the first call of two people, and let them compare.

    Raises:
        RehearsalFailed: something did not happen in time.
    """
    audience.look_at(at)
    audience.tell("D_STRANGERS")
    at.intruder.attacks = True
    await _call(at, audience, "D_TAKEN", "D_POSES")
    for code in ("D_BETWEEN", "D_PASSES", "D_CODES"):
        audience.tell(code)
    codes = _code(at.caller), _code(at.callee)
    shields = _call_of(at.caller).shield, _call_of(at.callee).shield
    if _differ(codes):
        await _judge(audience, codes)
    heard = await _heard(at, audience)
    await asyncio.gather(*(client.command(Compare("differ")) for client in at.engines))
    ends = await _end(at.caller), await _end(at.callee)
    for code in ("D_DIFFER", "D_ENDED", "D_ENDED_UNTIL"):
        audience.tell(code)
    await audience.go_on("D_THEN_TAPE")
    await _play(audience, at.voices.seconds, heard)
    return Strangers(codes, shields, ends, heard)


async def acquaintances(at: Stage, audience: Audience) -> Acquaintances:
    """Let two people have an honest call, then let the intruder try.

    Raises:
        RehearsalFailed: something did not happen in time.
    """
    audience.look_at(at)
    audience.tell("D_KNOWN")
    await _call(at, audience)
    codes = _code(at.caller), _code(at.callee)
    audience.tell("D_HONEST")
    await audience.go_on("D_ONCE_MORE")
    await at.caller.command(HangUp())
    for client in at.engines:
        await _end(client)
    for client in at.engines:
        await client.command(DismissCall())
    at.intruder.attacks = True
    audience.tell("D_AGAIN")
    await at.give_voices()
    await at.caller.command(Call(at.callee.snapshot.me.account))
    ended = await _end(at.caller)
    await reach(at.callee, lambda one: bool(one.snapshot.notices), "word at the callee")
    warned = at.callee.snapshot.notices[-1].sentence
    rang = at.callee.snapshot.call is not None or _call_of(at.caller).code is not None
    for code in ("D_STOPPED", "D_HELD"):
        audience.tell(code)
    return Acquaintances(codes, (ended, warned), rang)


async def _call(at: Stage, audience: Audience, *told: str) -> None:
    """Let Ada call Ben, and Ben answer; tell one sentence at each step."""
    await at.give_voices()
    await at.caller.command(Call(at.callee.snapshot.me.account))
    for code in told[:1]:
        audience.tell(code)
    await reach(at.callee, rings, "ringing")
    for code in told[1:]:
        audience.tell(code)
    await at.callee.command(Answer())
    for client in at.engines:
        await reach(client, phase("active"), "the call")


async def _judge(audience: Audience, codes: tuple[CodeView, CodeView]) -> None:
    """Let the audience compare, and say what its answer would have led to."""
    match await audience.do_they_match():
        case True:
            audience.tell("D_WRONG", one=codes[0].digits[:4], two=codes[1].digits[:4])
            audience.tell("D_WRONG_COST")
            audience.tell("D_WRONG_LATER")
        case False:
            audience.tell("D_RIGHT")
        case None:
            audience.tell("D_COMPARED")


async def _heard(at: Stage, audience: Audience) -> tuple[Overheard, Overheard]:
    """Wait until the intruder's tapes are full, and look for what was said in them."""
    taken = at.intruder.interceptions[-1]
    tapes = taken.with_caller.tape, taken.with_callee.tape
    if not all(tape.full for tape in tapes):
        audience.tell("D_LISTENS", n=f"{at.voices.seconds:.0f}")
    try:
        async with asyncio.timeout(at.voices.seconds + _TAPE_WITHIN):
            while not all(tape.full for tape in tapes):  # noqa: ASYNC110 - nothing to be woken by
                await asyncio.sleep(_LOOK_EVERY)
    except TimeoutError as error:
        raise RehearsalFailed("The intruder hears nothing.") from error
    for client in at.engines:
        await reach(client, lambda one: _figures(one).input_started > 0, "figures")
    said = at.voices.caller, at.voices.callee
    one, two = [
        await asyncio.to_thread(_overheard, tape, voice, _figures(client).input_started)
        for tape, voice, client in zip(tapes, said, at.engines, strict=True)
    ]
    return one, two


def _overheard(tape: Tape, said: Samples, said_from: float) -> Overheard:
    return Overheard(tape.samples(), tape.matches(said, said_from))


async def _play(audience: Audience, seconds: float, heard: tuple[Overheard, Overheard]) -> None:
    one, two = heard
    audience.tell("D_HEARD", n=f"{seconds:.0f}", one=str(one.percent), two=str(two.percent))
    if await audience.listen(mixed(*together(heard))) is False:
        audience.tell("D_NO_SPEAKER")


def together(heard: tuple[Overheard, Overheard]) -> tuple[Samples, Samples]:
    """Return both voices in one length, that of the longer one."""
    longest = max(len(one.samples) for one in heard)
    one, two = (np.pad(voice.samples, (0, longest - len(voice.samples))) for voice in heard)
    return one, two


def _differ(codes: tuple[CodeView, CodeView]) -> bool:
    """Tell whether two codes differ in every form."""
    one, other = codes
    return one.digits != other.digits and one.words != other.words and one.emoji != other.emoji


async def _end(client: EngineClient) -> SentenceView:
    await reach(client, phase("ended"), "the end")
    reason = _call_of(client).end_reason
    assert reason is not None
    return reason


def _call_of(client: EngineClient) -> CallView:
    call = client.snapshot.call
    if call is None:
        raise RehearsalFailed("The engine shows no call.")
    return call


def _code(client: EngineClient) -> CodeView:
    code = _call_of(client).code
    if code is None:
        raise RehearsalFailed("The engine shows no code.")
    return code


def _figures(client: EngineClient) -> Statistics:
    return client.statistics or Statistics()
