"""What a call does here once its caller is proven: it rings, or another call is more.

`tui_call.calls.rivals` decides; this carries it out.
"""

from typing import TYPE_CHECKING

from tui_call.calls.events import PersonHangsUp
from tui_call.calls.rivals import (
    Invited,
    OnInvite,
    OnProof,
    has_forgotten,
    on_invite,
    on_proof,
)
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.desk import Desk
from tui_call.engine.sound import Sound
from tui_call.permissions.gate import Phase
from tui_call.reasons import EndReason
from tui_call.voice import tones

if TYPE_CHECKING:
    from tui_call.engine.switchboard import Switchboard


class Doorbell:
    """Rings for calls that come in, beside the one that a person has."""

    def __init__(self, switchboard: "Switchboard", desk: Desk, sound: Sound) -> None:
        self._switchboard = switchboard
        self._desk = desk
        self._sound = sound

    def invited(self, call_id: bytes, account: str, device: bytes) -> OnInvite:
        """Return what becomes of an invite beside the call that is on, which END_BOTH ends."""
        on = self._switchboard.on
        verdict = on_invite(on.rival if on else None, Invited(call_id, account, device))
        if verdict is OnInvite.END_BOTH:
            self._switchboard.hang_up(EndReason.HANDSHAKE_FAILED)
        return verdict

    def has_forgotten(self, call_id: bytes, account: str, device: bytes) -> bool:
        """Tell whether an invite comes from a device where the own call rings."""
        on = self._switchboard.on
        return has_forgotten(on.rival if on else None, Invited(call_id, account, device))

    def ring(self, record: CallState) -> None:
        """Ask the person about a call whose caller is proven, unless another one decides it."""
        call, on = record.call, self._switchboard.on
        if call is None or not record.rings_here:
            return
        match on_proof(on.rival if on else None, record.invited):
            case OnProof.BUSY:
                call.post(PersonHangsUp(EndReason.BUSY))
            case OnProof.WAIT:
                record.given_up = True
            case OnProof.RING if on is None and self._desk.presence == "do_not_disturb":
                call.post(PersonHangsUp(EndReason.DO_NOT_DISTURB))
            case OnProof.RING:
                self._show(record, on)
                ringing = self._switchboard.call_sound.ring(record, tones.ring())
                self._switchboard.spawn(ringing)
                if self._desk.answers_by_itself:
                    self._switchboard.answer(muted=False)
            case OnProof.ANSWER:
                self._show(record, on)
                self._switchboard.answer(muted=bool(on and on.muted))

    def ring_again(self) -> None:
        """Ring for a call that was to be given up for one that came to nothing."""
        for record in list(self._switchboard.records.values()):
            if record.given_up and record.rings_here:
                record.given_up = False
                self.ring(record)

    def _show(self, record: CallState, on: CallState | None) -> None:
        """Make a call the current one; it takes the place of another one with the same person."""
        self._switchboard.current = record
        if on is not None and on.call is not None:
            on.given_up = on.phase in (Phase.SETUP, Phase.RINGING) and on.direction == "outgoing"
            self._sound.play(None)
            self._sound.disconnect()
            reason = EndReason.TAKEN if on.given_up else EndReason.REPLACED
            on.call.post(PersonHangsUp(reason))
        elif on is not None:
            on.given_up = True
            self._switchboard.fail(on, EndReason.TAKEN)
        self._desk.show_call()
