"""The order of events: two strangers, whom only the code can warn; then two who know their keys.

What is told is taken from the two engines' control sockets and from the intruder's tapes; the
words are those of `sentences.txt`.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tui_call.control.actions import Answer, Call, Compare, DismissCall, HangUp
from tui_call.control.client import EngineClient, wait_until
from tui_call.control.lines import Statistics
from tui_call.control.views import CallView, CodeView, SentenceView
from tui_call.drill.rehearsal import STEP_WITHIN, RehearsalFailed, phase, reach, rings
from tui_call.drill.stage import Stage, Voices, staged
from tui_call.drill.tape import Tape
from tui_call.reasons import EndReason
from tui_call.voice.alignment import Alignment
from tui_call.voice.samples import Samples, mixed

_LOOK_EVERY = 0.05
_TAPE_WITHIN = 30.0
_NOTHING = SentenceView("", "", "Nothing.")


class Audience(Protocol):
    """To whom the drill is shown."""

    def look_at(self, stage: Stage) -> None:
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
        return refused and not self.rang and _same(self.codes)


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
        async with staged(voices) as stage:
            first = await strangers(stage, audience)
        await audience.go_on("D_THEN_KNOWN")
    audience.tell("D_SETTING")
    async with staged(voices) as stage:
        second = await acquaintances(stage, audience)
    outcome = Outcome(first, second)
    audience.tell("D_OVER" if outcome.defended else "D_FAILED")
    return outcome


async def strangers(stage: Stage, audience: Audience) -> Strangers:
    """Let the intruder take the first call of two people, and let them compare.

    Raises:
        RehearsalFailed: something did not happen in time.
    """
    audience.look_at(stage)
    audience.tell("D_STRANGERS")
    stage.intruder.attacks = True
    await _call(stage, audience, "D_TAKEN", "D_POSES")
    codes = _code(stage.caller), _code(stage.callee)
    shields = _call_of(stage.caller).shield, _call_of(stage.callee).shield
    for code in ("D_BETWEEN", "D_PASSES"):
        audience.tell(code)
    if _differ(codes):
        audience.tell("D_CODES")
        await _judge(audience, codes)
    heard = await _heard(stage, audience)
    stage.intruder.interceptions[-1].follows = False
    await asyncio.gather(
        *(
            client.command(Compare("differ", code=code.digits))
            for client, code in zip(stage.engines, codes, strict=True)
        )
    )
    ends = await _end(stage.caller), await _end(stage.callee)
    for code in ("D_DIFFER", "D_ENDED", "D_ENDED_UNTIL"):
        audience.tell(code)
    await audience.go_on("D_THEN_TAPE")
    await _play(audience, stage.voices.seconds, heard)
    return Strangers(codes, shields, ends, heard)


async def acquaintances(stage: Stage, audience: Audience) -> Acquaintances:
    """Let two people have an honest call, then let the intruder try.

    Raises:
        RehearsalFailed: something did not happen in time.
    """
    audience.look_at(stage)
    audience.tell("D_KNOWN")
    await _call(stage, audience)
    codes = _code(stage.caller), _code(stage.callee)
    if _same(codes):
        audience.tell("D_HONEST")
    await audience.go_on("D_ONCE_MORE")
    await stage.caller.command(HangUp())
    for client in stage.engines:
        await _end(client)
    for client in stage.engines:
        await client.command(DismissCall())
    stage.intruder.attacks = True
    audience.tell("D_AGAIN")
    await stage.give_voices()
    await stage.caller.command(Call(stage.callee.snapshot.me.account))
    for client in stage.engines:
        await wait_until(client, _judged, STEP_WITHIN)
    rang = any(rings(client) or _shows_code(client) for client in stage.engines)
    ends = _last_words(stage.caller), _last_words(stage.callee)
    act = Acquaintances(codes, ends, rang)
    if act.defended:
        audience.tell("D_STOPPED")
        audience.tell("D_HELD")
    return act


async def _call(stage: Stage, audience: Audience, *told: str) -> None:
    """Let Ada call Ben, and Ben answer; tell one sentence at each step."""
    await stage.give_voices()
    await stage.caller.command(Call(stage.callee.snapshot.me.account))
    for code in told[:1]:
        audience.tell(code)
    await reach(stage.callee, rings, "ringing")
    for code in told[1:]:
        audience.tell(code)
    await stage.callee.command(Answer())
    for client in stage.engines:
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


async def _heard(stage: Stage, audience: Audience) -> tuple[Overheard, Overheard]:
    """Wait until the intruder's tapes are full, and look for what was said in them."""
    taken = stage.intruder.interceptions[-1]
    tapes = taken.with_caller.tape, taken.with_callee.tape
    if not all(tape.full for tape in tapes):
        audience.tell("D_LISTENS", n=f"{stage.voices.seconds:.0f}")
    try:
        async with asyncio.timeout(stage.voices.seconds + _TAPE_WITHIN):
            while not all(tape.full for tape in tapes):  # noqa: ASYNC110 - nothing to be woken by
                await asyncio.sleep(_LOOK_EVERY)
    except TimeoutError as error:
        raise RehearsalFailed("deaf") from error
    for client in stage.engines:
        await reach(client, lambda one: _figures(one).input_started > 0, "figures")
    said = stage.voices.caller, stage.voices.callee
    one, two = [
        await asyncio.to_thread(_overheard, tape, voice, _figures(client).input_started)
        for tape, voice, client in zip(tapes, said, stage.engines, strict=True)
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


def _same(codes: tuple[CodeView, CodeView]) -> bool:
    """Tell whether two codes are the same in every form."""
    one, other = codes
    return (one.digits, one.words, one.emoji) == (other.digits, other.words, other.emoji)


async def _end(client: EngineClient) -> SentenceView:
    await reach(client, phase("ended"), "the end")
    reason = _call_of(client).end_reason
    assert reason is not None
    return reason


def _judged(client: EngineClient) -> bool:
    """Whether an engine has refused a call, or let it ring or begin."""
    call = client.snapshot.front
    if call is None:
        return bool(client.snapshot.notices)
    return call.phase != "setup"


def _shows_code(client: EngineClient) -> bool:
    call = client.snapshot.front
    return call is not None and call.member.code is not None


def _last_words(client: EngineClient) -> SentenceView:
    """Return why a call ended or did not ring, or what the engine says of one that is on."""
    call, notices = client.snapshot.front, client.snapshot.notices
    if call is None:
        return notices[-1].sentence if notices else _NOTHING
    return call.end_reason or call.shield


def _call_of(client: EngineClient) -> CallView:
    call = client.snapshot.front
    if call is None:
        raise RehearsalFailed("no call")
    return call


def _code(client: EngineClient) -> CodeView:
    code = _call_of(client).member.code
    if code is None:
        raise RehearsalFailed("no code")
    return code


def _figures(client: EngineClient) -> Statistics:
    return client.statistics or Statistics()
