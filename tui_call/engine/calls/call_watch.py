"""What happens around all calls: the network, the service, the time, and the engine's end."""

from collections.abc import Callable
from contextlib import AsyncExitStack

from tui_call.calls.effects import Ended
from tui_call.calls.events import Undeliverable
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.callers import Callers
from tui_call.engine.calls.focus import CallFocus
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.postbox import Postbox
from tui_call.engine.sound.sound import Sound
from tui_call.permissions.gate import Phase
from tui_call.reasons import EndReason
from tui_call.sentences import Sentence, sentence
from tui_call.signaling.standard_calls import CallChanged
from tui_call.tasks import Tasks

WITHHELD_AFTER = 15.0
"""Seconds without an acknowledgement after which the service is suspected."""

SETUP_WITHIN = 90.0
"""Seconds for a call that was placed to ring or to end. What is done meanwhile has shorter limits
of its own, but for a question that the person leaves, and for word that got lost."""

RINGS_WITHIN = 75.0
"""Seconds after which a standard call rings nowhere, and the service has told so for long."""

TOLD_WITHIN = 10.0
"""Seconds in which a service that is back tells of each call in which this device still is."""


class CallWatch:
    """Lets every call know of it, and tells the person."""

    def __init__(
        self,
        calls: CallList,
        manager: CallManager,
        callers: Callers,
        call_log: CallLog,
        membership: ServiceMembership,
        now: Callable[[], float],
        sound: Sound,
        focus: CallFocus,
        postbox: Postbox,
        tasks: Tasks,
    ) -> None:
        self._calls = calls
        self._manager = manager
        self._callers = callers
        self._log = call_log
        self._membership = membership
        self._now = now
        self._sound = sound
        self._focus = focus
        self._postbox = postbox
        self._tasks = tasks
        self._setup_since: dict[bytes, float] = {}
        self._rings_until: dict[bytes, tuple[float, CallChanged | None]] = {}

    def addresses_changed(self, *, connected: bool) -> None:
        """Let every call go over to the network that this computer is in now."""
        for owner in self._calls.owners:
            owner.addresses_changed()
        if not connected:
            self.tell(sentence("G_NETWORK"))

    def woke(self, seconds: float) -> None:
        """Look for the other sides anew after a time in which nothing ran here."""
        for record in self._talking():
            record.stood_still = seconds
        self.tell(sentence("G_STOOD_STILL", n=round(seconds)))
        for owner in self._calls.owners:
            owner.find_new_path()

    def hide_addresses(self) -> None:
        """Let every call leave paths that tell this computer's addresses."""
        for owner in self._calls.owners:
            owner.hide_addresses()

    def service_back(self) -> None:
        """Say at once what others do not know yet, since there was no service."""
        for owner in self._calls.owners:
            owner.service_back()
        for record in self._calls.records.values():
            if record.standard is not None and record.rings_here:
                unsure = self._now() + TOLD_WITHIN, record.standard.told
                self._rings_until[record.id] = unsure

    def undeliverable(
        self, call_id: bytes, account: str, device: bytes, held_up: EndReason | None
    ) -> None:
        """Tell a call that a message was not delivered: held up, or the device is not there."""
        record = self._calls.records.get(call_id)
        runner = self._calls.runner(record) if record else None
        leg = runner.leg_with(account, device) if runner else None
        if runner is not None and leg is not None:
            runner.post_to(leg, Undeliverable(held_up))

    def turned_out(self, reason: EndReason) -> None:
        """Hang up: the organisation wants no calls of this device or person any more."""
        self._end_all(reason)

    def tell(self, words: Sentence) -> None:
        """Say something in every call in which people speak."""
        talking = self._talking()
        for record in talking:
            record.tell(words)
        if talking:
            self._log.show()

    def _talking(self) -> list[CallState]:
        return [record for record in self._calls.on if record.phase is Phase.ACTIVE]

    # Once a second

    def look_around(self) -> None:
        """See whether messages are held back, and forget calls that are over."""
        self._focus.look_around()
        for record in list(self._calls.records.values()):
            self._look_at_leg(record)
            self._look_at_control(record)
            self._look_at_setup(record)
            self._look_at_ringing(record)
            self._forget_what_is_over(record)

    def _look_at_leg(self, record: CallState) -> None:
        """Show what came about in the leg without a report, such as a shorter way of its path."""
        before = record.leg
        if self._calls.follow(record.id).leg != before:
            self._log.show()

    def _forget_what_is_over(self, record: CallState) -> None:
        self._calls.left(record)
        owner, runner = self._calls.owner(record), self._calls.runner(record)
        if owner is not None and owner.over:
            # Its place among the others would be that of no call.
            self._manager.fail(record, EndReason.HUNG_UP)
            self._manager.forget(record)
        elif runner is not None:
            for leg in runner.legs:
                if leg.over:
                    self._postbox.forget_device(record.id, leg.address.device)

    def _look_at_setup(self, record: CallState) -> None:
        """End a call that was begun here and neither rings nor ends."""
        begun = record.direction == "outgoing" or record.is_retrieved
        if not begun or record.phase is not Phase.SETUP:
            self._setup_since.pop(record.id, None)
            return
        now = self._now()
        if now - self._setup_since.setdefault(record.id, now) < SETUP_WITHIN:
            return
        if record.question is None:
            self._manager.end(record, EndReason.NO_SERVICE)
            return
        words = sentence("Q_UNANSWERED", n=round(SETUP_WITHIN))
        self._manager.finish(record, Ended(EndReason.HUNG_UP, by_peer=False), words)

    def _look_at_ringing(self, record: CallState) -> None:
        """End a standard call of whose end no word came: nobody tells a device that is away."""
        facts = record.standard
        if facts is None or not record.rings_here:
            self._rings_until.pop(record.id, None)
            return
        now = self._now()
        rings = now + RINGS_WITHIN, None
        until, unsure = self._rings_until.setdefault(record.id, rings)
        if unsure is not None and facts.told is not unsure:
            self._rings_until[record.id] = rings
        elif now >= until:
            self._manager.finish(record, Ended(EndReason.CANCELLED, by_peer=True))

    def _look_at_control(self, record: CallState) -> None:
        """Say once that the service holds messages back, when acknowledgements stay away."""
        active = self._calls.leg(record)
        session = active.core.session if active else None
        if session is None or active is None or active.media is None:
            return
        if record.withheld or record.ended or record.standard is not None:
            return
        now = self._now()
        waited = min(
            session.control.oldest_unacknowledged(now),
            now - self._membership.online_since,
            active.media.monitor.heard_for(now),  # who is not heard has nothing to acknowledge
        )
        if waited >= WITHHELD_AFTER:
            record.withheld = True
            record.tell(sentence("R_WITHHELD"))
            self._log.show()

    # The end

    def _end_all(self, reason: EndReason) -> list[CallState]:
        """End every call there is, and return them."""
        known = [self._calls.records[call_id] for call_id in self._calls.at_hand.ids]
        for record in reversed(known):  # so that none comes to the front, or rings
            self._manager.end(record, reason)
        return known

    async def close(self) -> None:
        """Hang up and close every call, and let none begin to ring; whatever fails, be silent."""
        async with AsyncExitStack() as last_to_first:
            last_to_first.push_async_callback(self._sound.close)
            last_to_first.callback(self._postbox.close)
            last_to_first.push_async_callback(self._close_owners)
            last_to_first.callback(self._tasks.cancel)
            self._callers.close()
            for record in self._end_all(EndReason.ENGINE_STOPPED):
                voice = self._calls.voice(record)
                if voice is not None:
                    await voice.last_frames()

    async def _close_owners(self) -> None:
        async with AsyncExitStack() as closing:
            for owner in self._calls.owners:
                closing.push_async_callback(owner.close)
