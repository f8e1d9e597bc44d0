"""What the person's devices say to each other, and what follows when they come and go."""

import logging

from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.own_devices import OwnHeader, OwnMessage
from tui_call.e2ee.renewal import thread_of_pair
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.changes import Changes
from tui_call.engine.devices.account_holder import AccountHolder
from tui_call.engine.devices.credential_renewal import CredentialRenewal
from tui_call.engine.devices.device_list import DeviceList
from tui_call.engine.service.postbox import Postbox
from tui_call.engine.service.second_try import SecondTry
from tui_call.errors import TuiCallError
from tui_call.identifiers import IdentifierError, parse_identifier
from tui_call.profile.profile import Profile
from tui_call.signaling import messages as signaling

log = logging.getLogger(__name__)

LOOK_EVERY = 3600.0


class OwnDevices:
    """Gives each message to the side that it is for: the holder of IK, or a linked device."""

    def __init__(
        self,
        profile: Profile,
        account: OwnAccount,
        devices: DeviceList,
        holder: AccountHolder,
        renewal: CredentialRenewal,
        postbox: Postbox,
        changes: Changes,
    ) -> None:
        self._profile = profile
        self._account = account
        self._devices = devices
        self._holder = holder
        self._renewal = renewal
        self._postbox = postbox
        self._changes = changes
        self._looked = 0.0
        self._second_try = SecondTry()

    def deliver(self, message: signaling.Deliver) -> None:
        """Take a message of another device of the same account; what fits nothing is dropped."""
        try:
            device = parse_identifier(message.from_device)
            header = OwnHeader.of(message.payload)
            if header.thread != parse_identifier(message.call):
                return
            self._postbox.acknowledge(message)
            self._take(header.type, device, message.payload)
        except (IdentifierError, ProtocolFailure) as fault:
            log.info("message of an own device dropped", {"error": type(fault).__name__})

    def _take(self, kind: OwnMessage, device: bytes, payload: bytes) -> None:
        match kind:
            case OwnMessage.LINK_HELLO:
                self._holder.greeted(device, payload)
            case OwnMessage.CREDENTIAL_ASK:
                self._holder.asked(device, payload)
            case OwnMessage.CREDENTIAL_GIVE:
                self._renewal.given(payload)
            case OwnMessage.LINK_ANSWER:
                pass  # for a device that is being linked, which is not set up yet

    def undeliverable(self, thread: bytes) -> None:
        """Stop repeating what cannot arrive; the next time the device is online it is said anew."""
        identity = self._profile.identity if self._account.joined else None
        if identity is None:
            return
        known = [one.secret for one in identity.linked]
        if identity.stored.link is not None:
            known.append(identity.stored.link.secret)
        if thread in map(thread_of_pair, known):
            self._postbox.forget(thread)

    def due(self, now: float) -> bool:
        """Return whether it is time to do again what the service did not answer at a login."""
        return self._second_try.due(now) or self._holder.due(now)

    async def welcomed(self) -> None:
        """After each login: who is there, what is still to be told, what is still to be asked."""
        self._second_try.spare()  # not twice at a time
        self._renewal.welcomed()
        try:
            await self.refresh()
            await self._holder.tell_of_removals()
        except TuiCallError as fault:
            log.info("own devices not known", {"error": type(fault).__name__})
            self._second_try.need()

    async def refresh(self) -> None:
        """Ask the service for the devices of the account.

        Raises:
            ServiceFault: it is away, or refused.
        """
        self._confirm(await self._devices.refresh())
        self.changed()

    def _confirm(self, told: tuple[signaling.Person, ...]) -> None:
        """After a restored backup let go of devices that were removed since it was made.

        Until then none gets a credential. A service that hides a device costs it a new link.
        """
        profile, account = self._profile, self._account.address
        if profile.identity.stored.restored:
            listed = {
                one.id for person in told if person.account == account for one in person.devices
            }
            profile.identity = profile.identity.confirmed(map(bytes.fromhex, listed))
            self._account.save()

    def changed(self) -> None:
        """Another device of the person came or went."""
        self._holder.give_to_those_online()
        self._renewal.devices_changed()
        self._changes.show("me")

    def look_around(self, now: float) -> None:
        """Once a second; once an hour look whether the credential has to be renewed."""
        if now - self._looked < LOOK_EVERY or self._account.joined is None:
            return
        self._looked = now
        self._renewal.ask_when_due()
        self._changes.show("encryption")
