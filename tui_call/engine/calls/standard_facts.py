"""What is known of a standard call beside what every call has: plain data, from what was told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from tui_call.engine.calls.standard_told import asked_of
from tui_call.foreign_text import clean
from tui_call.permissions.gate import Phase
from tui_call.sentences import Sentence
from tui_call.signaling.call_acts import MOST_MEMBERS, Act
from tui_call.signaling.standard_calls import CallChanged, CallMember, TransferUnderWay

NOTHING_TOLD = CallChanged(call=32 * "0", sequence=-1, members=())


@dataclass(slots=True)
class StandardFacts:
    """A standard call as this device has it.

    Attributes:
        account: of the person here.
        device: this one, 32 hexadecimal digits.
        instance: by which this device is in the call, or will be.
        why: says why it is not E2EE, None where more than two were called.
        told: the call as the service told it last.
        placed: the service was asked for it, or this device is in it.
        came: how it came here, where nobody called: the person retrieved it from where it was
            parked, or moved it here from another own device.
        retrieving: it is to be taken from where it is parked; if that is not to be, it was no call.
        had_before: it rings for who has it already: it comes back from a slot where it waits on, or
            is handed over from another own device. Where it is not taken here it was not missed.
        taken: the person here has answered, which the service may not know yet.
        connected: a leg to the bridge works.
        spoke: people have spoken in it; who joins then does not make it begin anew.
        path: how its packets travel, "" before they do.
        quality: one word for it, "" while there is no sound.
        silent: nothing of the microphone is sent until both are in it, who left E2EE for it.
        names: of everybody who had to do with it, cleaned, by address; who called or was called
            first.
        met: those who were in it, or asked to come, while this device knew of it.
        last_act: what was asked of the service in it last, which may be why it is over.
    """

    account: str
    device: str
    instance: str
    why: Sentence | None = None
    told: CallChanged = NOTHING_TOLD
    placed: bool = False
    came: Literal["", "retrieved", "moved"] = ""
    retrieving: bool = False
    had_before: bool = False
    taken: bool = False
    connected: bool = False
    spoke: bool = False
    path: str = ""
    quality: Literal["", "good", "fair", "poor", "lost"] = ""
    silent: bool = False
    names: dict[str, str] = field(default_factory=dict[str, str])
    met: set[str] = field(default_factory=set[str])
    last_act: Act | None = None

    @property
    def own(self) -> CallMember | None:
        """This device in the call, None before it has answered and after it is gone."""
        return next((one for one in self.told.members if one.instance == self.instance), None)

    @property
    def asked(self) -> CallMember | None:
        """The person here, as one who is asked to come with this device."""
        return asked_of(self.told, self.account, self.device)

    @property
    def others(self) -> tuple[CallMember, ...]:
        """Everybody else, another device of the person here among them."""
        own = self.own or self.asked
        return tuple(one for one in self.told.members if own is None or one.number != own.number)

    @property
    def with_others(self) -> tuple[CallMember, ...]:
        """Those of them who have answered, and who are not apart from the person here."""
        side = self.own.side if self.own is not None else 0
        return tuple(one for one in self.others if one.state != "ringing" and one.side == side)

    @property
    def devices(self) -> tuple[bytes, ...]:
        """The devices of those; one person has two while the call goes over to another one."""
        return tuple(bytes.fromhex(one.device) for one in self.with_others if one.device)

    @property
    def phase(self) -> Phase:
        """How far the call is for the person here."""
        own = self.own
        if own is None and not self.taken:
            return Phase.RINGING if self.asked is not None else Phase.SETUP
        if own is not None and self._rings_elsewhere:
            return Phase.RINGING
        there = self.spoke or self.waits or any(one.state != "joining" for one in self.with_others)
        return Phase.ACTIVE if self.connected and own is not None and there else Phase.CONNECTING

    @property
    def _rings_elsewhere(self) -> bool:
        """Whether there is nobody yet, or no more, for the person here, and somebody is rung."""
        passed_on = self.transfer is not None and not self.transfer.asks_first
        return not self.with_others and (passed_on or not self.waits)

    @property
    def rings_here(self) -> bool:
        """Whether the person here may answer it now."""
        return self.asked is not None and self.own is None and not self.taken

    @property
    def waits(self) -> bool:
        """Whether the person here hears music."""
        return self.own is not None and self.own.waits

    @property
    def all_hold(self) -> bool:
        """Whether nobody listens: all others hold the call, or the person here waits."""
        there = self.with_others
        return self.waits or (bool(there) and all(one.on_hold for one in there))

    @property
    def transfer(self) -> TransferUnderWay | None:
        """A transfer that is under way."""
        return self.told.transfer

    @property
    def consulting(self) -> bool:
        """Whether the person here speaks with somebody first, before a transfer."""
        transfer = self.transfer
        return transfer is not None and transfer.asks_first and transfer.by == self.account

    @property
    def behind(self) -> list[str]:
        """The accounts of those whom somebody has left to speak with another one first."""
        transfer = self.transfer
        if transfer is None or not transfer.asks_first:
            return []
        apart = {transfer.by, transfer.to}
        there = [one.account for one in self.told.members if one.state != "ringing"]
        return [one for one in dict.fromkeys(there) if one not in apart]

    @property
    def apart(self) -> frozenset[str]:
        """The accounts of those whom the person here has nothing to do with, as one is asked first.

        Who asks is in the call of both.
        """
        transfer = self.transfer
        if transfer is None or not transfer.asks_first or transfer.by == self.account:
            return frozenset()
        return frozenset(self.behind if transfer.to == self.account else (transfer.to,))

    @property
    def people(self) -> int:
        """How many people the call has for the person here, those left out that only ring."""
        there = {one.account for one in self.told.members if one.state != "ringing"}
        return len(there - self.apart)

    @property
    def slot(self) -> int:
        """Where it is parked, 0 for nowhere."""
        return self.told.parked.slot if self.told.parked is not None else 0

    @property
    def places_left(self) -> int:
        """How many more people may come."""
        return max(0, MOST_MEMBERS - len({one.account for one in self.told.members}))

    def take(self) -> None:
        """Let it be one that the person here has answered, or had go over to this device."""
        if self.asked is not None and self.asked.why_rings == "hand_over":
            self.came = "moved"
        self.taken = True

    def name_of(self, account: str, told: str = "") -> str:
        """Return how somebody is called, as the service says or by address where it is not known.

        Args:
            account: whose name.
            told: the service's name of somebody who may not be in the call any more.
        """
        if account == self.account:
            return "you"
        return self.names.get(account) or clean(told) or clean(account)

    def names_of(self, accounts: Sequence[str]) -> str:
        """Return the name of the first of several, and how many more there are."""
        first = self.name_of(accounts[0]) if accounts else ""
        return f"{first} +{len(accounts) - 1}" if len(accounts) > 1 else first
