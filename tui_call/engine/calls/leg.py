"""One leg of a call: what its core wants is carried out here, and nowhere else."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import assert_never

from tui_call.calls import effects
from tui_call.calls.effects import LeaveAsked, LeaveOver, LeaveRefused, MayLeave
from tui_call.calls.events import (
    DescriptionReady,
    Event,
    PathDescribed,
    PathFailed,
    TransportFailed,
)
from tui_call.calls.one_to_one import OneToOneCall
from tui_call.calls.path_monitor import FRAME_SECONDS
from tui_call.calls.states import State
from tui_call.e2ee.handshake import Session
from tui_call.engine.calls.leg_figures import LegCounts, LegFacts, LegFigures
from tui_call.engine.calls.leg_media import LegMedia
from tui_call.engine.calls.reports import LegAddress, Report
from tui_call.engine.calls.surroundings import Surroundings
from tui_call.engine.media.media import Media
from tui_call.tasks import attempt

LAST_FRAMES_SECONDS = 0.15
"""How long the path stays open after the end, for the five frames that say so."""

MOST_LATE_FRAMES = 50
"""How much longer, in frames, where a busy computer has not sent the five by then."""

_PathEffect = (
    effects.PrepareOffer
    | effects.PrepareAnswer
    | effects.AcceptAnswer
    | effects.PreparePathOffer
    | effects.PreparePathAnswer
    | effects.AcceptPathAnswer
    | effects.ClosePath
    | effects.PathTaken
)


class Leg:
    """One device at the other end, with the path to it and the sound of it.

    Attributes:
        core: decides; only the runner of the call feeds it.
        address: of the device, in this call.
        paths: those that packets take.
        figures: what is counted.
    """

    def __init__(
        self,
        core: OneToOneCall,
        address: LegAddress,
        around: Surroundings,
        post: Callable[[Event], None],
    ) -> None:
        """Stand around a core that has not begun; `post` takes what happens to it here."""
        self.core = core
        self.address = address
        self.figures = LegFigures(asked=around.clock.now())
        self.paths = around.make_paths(address, self._packet, self._described, self._failed)
        self._around = around
        self._post = post
        self._sound: LegMedia | None = None
        self._silent = asyncio.Event()

    @property
    def state(self) -> State:
        """Where the leg stands."""
        return self.core.state

    @property
    def over(self) -> bool:
        """Whether nothing more has to be said about it, and no path is open."""
        said = self.state is State.ENDED and self.core.next_deadline() is None
        return said and self.paths.closed

    @property
    def media(self) -> Media | None:
        """Keys, numbers and playout, from the agreement to the last frame."""
        return self._sound.media if self._sound else None

    @property
    def path(self) -> str:
        """How packets travel, "" before they do."""
        return self.paths.kind(self.figures.path_number)

    @property
    def facts(self) -> LegFacts:
        """How it stands now."""
        return LegFacts(
            device=self.address.device,
            peer=self.core.peer,
            state=self.state,
            path=self.path,
            without_relay=self.paths.without_relay,
            quality=self.media.monitor.quality.value if self.media is not None else "",
            peer_muted=self.figures.peer_muted,
            peer_on_hold=self.figures.peer_on_hold,
            peer_compared=self.figures.peer_compared,
            silent=self.figures.silent,
            compare_by=self.core.compare_by,
        )

    @property
    def counts(self) -> LegCounts:
        """What is counted of its way."""
        return LegCounts(
            self.address.call_id,
            self.paths.datagrams_filtered,
            self.figures.path_number,
            self.figures.path_changes,
            self.figures.setup_ms,
            self.media.generation if self.media is not None else 0,
        )

    def voices(self) -> Mapping[int, float]:
        """Return nothing: there is one voice, and the speaker's meter shows it."""
        return {}

    def frame(self, opus: bytes | None) -> None:
        """Seal a frame of the microphone, or of silence, and send it."""
        packet = self._sound.seal(opus) if self._sound else None
        if packet is not None:
            self.paths.send(packet)

    async def last_frames(self) -> None:
        """Return when the frames that say the end are out, or cannot be."""
        await self._silent.wait()

    async def close(self) -> None:
        """Close the paths and forget the rest."""
        self._fall_silent()
        await self.paths.close_all()

    # Effects

    def carry_out(self, effect: effects.Effect) -> None:  # noqa: C901 - an arm each
        """Do what the core wants, then tell the observer what that may concern."""
        match effect:
            case effects.SendMessage(payload, repeat):
                self._around.send(self.address, payload, repeat)
            case (
                effects.PrepareOffer()
                | effects.PrepareAnswer()
                | effects.AcceptAnswer()
                | effects.PreparePathOffer()
                | effects.PreparePathAnswer()
                | effects.AcceptPathAnswer()
                | effects.ClosePath()
                | effects.PathTaken()
            ):
                self._path(effect)
            case effects.StartMedia(session):
                self._start_media(session)
                self._report(effect)
            case effects.SendInMedia() | effects.ReceiveUnder() | effects.SendUnder():
                self._media(effect)
            case effects.PeerMuted() | effects.PeerHeld() | effects.PeerCompared():
                self._peer_says(effect)
            case effects.StartRinging():
                self._ring(effect)
            case effects.StateChanged(state):
                self._moved(state)
                self._report(effect)
            case effects.MicrophoneSilent(on):
                self.figures.silent = on
                self._report(effect)
            case LeaveAsked() | LeaveRefused() | LeaveOver() | MayLeave():
                self._report(effect)
            case effects.PeerProven() | effects.KeyChanged() | effects.NoteArrived():
                self._report(effect)
            case effects.Ended():
                self._close_later()
            case _:
                assert_never(effect)

    def _report(self, report: Report) -> None:
        """Tell the observer; where that fails, the leg goes on."""
        around = self._around
        tell = around.observer.leg_reports
        attempt(around.on_failure, type(report).__name__, tell, self.address, report)

    def _path(self, effect: _PathEffect) -> None:
        match effect:
            case effects.PrepareOffer():
                self.paths.offer(0)
            case effects.PrepareAnswer(offer):
                self.paths.answer(0, offer)
            case effects.AcceptAnswer(answer):
                self.paths.connect(0, answer)
            case effects.PreparePathOffer(path):
                self.paths.offer(path)
            case effects.PreparePathAnswer(path, offer):
                self.paths.answer(path, offer)
            case effects.AcceptPathAnswer(path, answer):
                self.paths.connect(path, answer)
            case effects.ClosePath(path):
                self.paths.close(path)
                self._way_changed()
            case effects.PathTaken(path):
                self.figures.path_number = path
                self.figures.path_changes += 1
                self._way_changed()
                self._report(effect)
            case _:
                assert_never(effect)

    def _way_changed(self) -> None:
        if self.media is not None:
            self.media.path_changed()

    def _start_media(self, session: Session) -> None:
        on_frame = self._around.on_frame
        self._sound = LegMedia(
            session,
            self._around.clock,
            self._post,
            self._report,
            partial(on_frame, self.address) if on_frame else None,
        )

    def _media(
        self, effect: effects.SendInMedia | effects.ReceiveUnder | effects.SendUnder
    ) -> None:
        if self._sound is None:
            return
        match effect:
            case effects.SendInMedia():
                self._sound.say(effect)
            case effects.ReceiveUnder(generation, key):
                self._sound.media.receive_under(generation, key)
            case effects.SendUnder(generation, key):
                self._sound.media.send_under(generation, key)
            case _:
                assert_never(effect)

    def _peer_says(
        self, effect: effects.PeerMuted | effects.PeerHeld | effects.PeerCompared
    ) -> None:
        """Tell what is news: it travels on two ways."""
        figures = self.figures
        match effect:
            case effects.PeerMuted(on) if on != figures.peer_muted:
                figures.peer_muted = on
            case effects.PeerHeld(on) if on != figures.peer_on_hold:
                figures.peer_on_hold = on
            case effects.PeerCompared(on) if on != figures.peer_compared:
                figures.peer_compared = on
            case _:
                return
        self._report(effect)

    def _ring(self, effect: effects.StartRinging) -> None:
        if not self.core.is_caller:
            # Addresses are looked for while it rings; nothing of them is sent before the answer.
            self.paths.gather(0)
        self._report(effect)

    def _moved(self, state: State) -> None:
        now = self._around.clock.now()
        if state is State.ANSWERING:
            self.figures.asked = now
        if state is State.SECURE:
            self.figures.secure = now
            assert self._sound is not None
            self._sound.watch()
        elif self._sound is not None:
            self._sound.stop_watching()

    # The end

    def _close_later(self) -> None:
        """Close the path once the last frames are out, and forget the keys of the sound."""
        clock = self._around.clock
        look = partial(self._close_if_said, MOST_LATE_FRAMES)
        clock.call_at(clock.now() + LAST_FRAMES_SECONDS, look)

    def _close_if_said(self, looks: int) -> None:
        if looks and self.media is not None and self.media.saying:
            clock = self._around.clock
            look = partial(self._close_if_said, looks - 1)
            clock.call_at(clock.now() + FRAME_SECONDS, look)
            return
        self._fall_silent()
        self.paths.shut()

    def _fall_silent(self) -> None:
        if self._sound is not None:
            self._sound.stop_watching()
        self._sound = None
        self._silent.set()

    # The path

    def _packet(self, path: int, packet: bytes) -> None:
        if self._sound is not None:
            self._sound.open(path, packet)

    def _failed(self, path: int) -> None:
        """Tell the core; a path that worked and fails later is only silent."""
        if path:
            self._post(PathFailed(path))
        elif self.state is not State.SECURE:
            self._post(TransportFailed())

    def _described(self, path: int, sdp: str) -> None:
        self._post(PathDescribed(path, sdp) if path else DescriptionReady(sdp))
