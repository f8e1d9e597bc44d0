"""Tells people of their calls, over the bus, by the names that the directory has now."""

import logging
from collections.abc import Iterable

from msgspec.structs import replace

from tui_call.errors import LocalFault
from tui_call.service.bus.bus import Bus
from tui_call.service.bus.traffic import Address, Posted
from tui_call.service.database import Accounts
from tui_call.service.missed_calls import MissedCallDelivery
from tui_call.service.standard_calls.listeners import Listeners
from tui_call.service.standard_calls.told import (
    UNKNOWN_SPEECH,
    CallNames,
    people_of,
    told,
    told_over,
)
from tui_call.signaling.standard_calls import CallNote, CaptionSpoken
from tui_call.standard_calls.effects import LeaveWord, TellOver
from tui_call.standard_calls.kept_rooms import caption_readers
from tui_call.standard_calls.state import Member, StandardCall

log = logging.getLogger(__name__)

_IN_VAIN = ("transfer_end", "park_end")
"""What those are told beside the end who waited for somebody to take the call."""


class CallTelling:
    """Tells of calls; what the store does not give keeps nobody from being told the rest.

    Attributes:
        speech: whether what is said is recognised, as the tap told last.
        listeners: who hears what is said, and since when.
    """

    def __init__(self, bus: Bus, accounts: Accounts, missed_calls: MissedCallDelivery) -> None:
        self.speech = UNKNOWN_SPEECH
        self.listeners = Listeners()
        self._bus = bus
        self._accounts = accounts
        self._missed_calls = missed_calls

    async def tell(self, call: StandardCall, to: Iterable[Address]) -> None:
        """Tell a call as it is now."""
        message = told(call, await self.names(people_of(call)), self.speech)
        for address in to:
            self._bus.publish(address, message)

    async def tell_over(self, call: StandardCall, effect: TellOver) -> None:
        """Tell somebody that a call is over for them; who parks it is told where."""
        message = told_over(call, effect.why, effect.by)
        if call.parked is not None and call.parked.by == effect.account:
            now = told(call, await self.names(people_of(call)))
            message = replace(message, news=now.news, parked=now.parked)
        elif call.over:
            last = told(call, CallNames.of(())).news
            message = replace(message, news=tuple(one for one in last if one.what in _IN_VAIN))
        self._bus.publish(Address(effect.account, effect.device), message)

    def pass_on(self, note: CallNote, readers: Iterable[Member]) -> None:
        """Let the devices of some members have a note; nothing of it is kept."""
        for one in readers:
            self._bus.publish(Address(one.account, one.device), Posted(note))

    def show(self, call: StandardCall, caption: CaptionSpoken, began: float) -> None:
        """Let those devices have what somebody says that show captions; nothing of it is kept.

        Who has come, or come back, since it began (monotonic seconds) has not heard it whole.
        """
        for one in caption_readers(call):
            if self.listeners.since(call.id, one.account) <= began:
                self._bus.publish(Address(one.account, one.device), caption)

    async def leave_word(self, call: StandardCall, effect: LeaveWord) -> None:
        """Keep a missed call."""
        try:
            await self._missed_calls.keep(call.id, effect.caller, effect.account)
        except LocalFault as fault:
            log.error("missed call is not kept", {"fault": type(fault).__name__})

    async def names(self, people: set[str]) -> CallNames:
        """Return what people are called, by their addresses where the store cannot be read."""
        try:
            return CallNames.of(await self._accounts.find_several(people))
        except LocalFault:
            return CallNames.of(())
