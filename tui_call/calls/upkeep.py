"""What keeps a call going without its person: fresh keys and new paths.

A call has it from the moment at which its keys are used for sound. A new path is followed by fresh
keys, which never delay the sound: it goes on at once under the generation in use.
"""

from typing import assert_never

from tui_call.calls.effects import Effect
from tui_call.calls.events import (
    AddressesChanged,
    FrameAuthenticated,
    NewPathWanted,
    PathDescribed,
    PathFailed,
    SenderIdle,
    ServiceBack,
    UpkeepEvent,
)
from tui_call.calls.reconnecting import PathMessage, Reconnecting
from tui_call.calls.rekeying import Rekeying, RekeyMessage
from tui_call.calls.saying import Say
from tui_call.e2ee.session import Session


class Upkeep:
    """The rekeys and paths of one side of a call; `say` as in `Rekeying`."""

    def __init__(self, session: Session, say: Say, now: float, rekey_interval: float) -> None:
        self._session = session
        self._rekeying = Rekeying(session, say, now, rekey_interval)
        self._reconnecting = Reconnecting(session, say)

    def next_deadline(self) -> float | None:
        """Return when `time_passed` has something to do, None if never."""
        deadlines = (self._rekeying.next_deadline(), self._reconnecting.next_deadline())
        return min((at for at in deadlines if at is not None), default=None)

    def time_passed(self, now: float) -> list[Effect]:
        """Do what is due."""
        return [*self._rekeying.time_passed(now), *self._reconnecting.time_passed(now)]

    def handle(self, event: UpkeepEvent, now: float) -> list[Effect]:
        """Take an event of the path, the sound or the person."""
        match event:
            case FrameAuthenticated(path, generation):
                taken = self._reconnecting.frame(path, now)
                # Both take the path; the caller, who starts every rekey, need not be asked.
                fresh = self._rekeying.want(now) if taken and self._session.is_caller else []
                return [*self._rekeying.frame(generation), *taken, *fresh]
            case NewPathWanted():
                return self._reconnecting.want(now)
            case AddressesChanged():
                return self._reconnecting.addresses_changed(now)
            case ServiceBack():
                return self._reconnecting.service_back(now)
            case PathDescribed(path, sdp):
                return self._reconnecting.described(path, sdp, now)
            case PathFailed(path):
                return self._reconnecting.failed(path, now)
            case SenderIdle():
                return self._rekeying.want(now)
            case _:  # pragma: no cover
                assert_never(event)

    def received(self, message: RekeyMessage | PathMessage, now: float) -> list[Effect]:
        """Take what the peer says of keys or paths."""
        if isinstance(message, PathMessage):
            return self._reconnecting.received(message, now)
        return self._rekeying.received(message, now)
