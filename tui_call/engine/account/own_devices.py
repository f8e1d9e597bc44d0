"""The other devices of the person here: linked, given credentials, removed.

The protocol is in `e2ee.linking` and `e2ee.renewal`. This module is both of its sides on an engine
that is set up: the holder of IK, which links, issues and removes, and a linked device, which asks.
What changes in the identity is on disk before anybody else hears of it.
"""

import secrets
import time

import msgspec
import structlog

from tui_call.control.server import ActionRefused
from tui_call.control.views import OwnDeviceView
from tui_call.e2ee.credentials import Credential
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.linking import Applicant, Declined, OpenLink
from tui_call.e2ee.own_devices import SECRET_BYTES, OwnHeader, OwnMessage, Pair
from tui_call.e2ee.renewal import Holding, ask, give, read_ask, read_give, thread_of_pair
from tui_call.engine.account.keeping import Keeper
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.calls.entropy import SystemEntropy
from tui_call.engine.changes import Changes
from tui_call.engine.directory import KnownPeople
from tui_call.engine.notices import Notices
from tui_call.engine.service.faults import NotAllowed, ServiceAway, ServiceFault
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.postbox import Postbox
from tui_call.engine.tasks import Tasks
from tui_call.engine.views.sentences import ANOTHER_DEVICE
from tui_call.errors import TuiCallError
from tui_call.foreign_text import clean
from tui_call.identifiers import IdentifierError, parse_identifier
from tui_call.profile.identity import RENEW_AFTER, LinkedDevice, NoAccountKey
from tui_call.profile.profile import Profile
from tui_call.sentences import sentence
from tui_call.signaling import messages as signaling
from tui_call.signaling.device_link import DeviceLink
from tui_call.signaling.invite import InviteLink, parse_invite

log = structlog.get_logger()

LINK_SECONDS = 600.0
MOST_DEVICES = 4
MOST_NAME = 32
LOOK_EVERY = 3600.0
_SHORTEST_ID = 4


class OwnDevices:
    """What this engine knows of the person's devices, and what it says to them."""

    def __init__(
        self,
        profile: Profile,
        account: OwnAccount,
        keeper: Keeper,
        people: KnownPeople,
        membership: ServiceMembership,
        postbox: Postbox,
        changes: Changes,
        notices: Notices,
        tasks: Tasks,
    ) -> None:
        self._profile = profile
        self._account = account
        self._keeper = keeper
        self._people = people
        self._membership = membership
        self._postbox = postbox
        self._changes = changes
        self._notices = notices
        self._tasks = tasks
        self._link: OpenLink | None = None
        self._looked = 0.0

    # Linking

    async def make_link(self) -> tuple[str, int]:
        """Return a link for one more device, and its end in Unix seconds; an earlier one is over.

        Raises:
            NoAccountKey: this device was linked itself.
            ServiceFault: the service is away, or refused.
        """
        account, identity = self._account.address, self._profile.identity
        if not identity.holds_account_key:
            raise NoAccountKey
        if len(identity.linked) >= MOST_DEVICES - 1:
            raise ActionRefused(
                "wrong_state", f"A person has at most {MOST_DEVICES} devices. Remove one first."
            )
        created = await self._membership.request(lambda number: signaling.LinkDevice(number))
        if not isinstance(created, signaling.InviteCreated):
            raise ServiceAway
        told, joined = parse_invite(created.link), self._account.member()
        secret = secrets.token_bytes(SECRET_BYTES)
        # The pin is the one that this device trusts, whatever the service says now.
        invite = InviteLink(told.host, told.port, told.code, joined.pin)
        self._link = OpenLink(secret, account, identity.device_id, time.monotonic() + LINK_SECONDS)
        return DeviceLink(invite, secret, identity.device_id).link, created.expires

    async def _answer(self, link: OpenLink, applied: Applicant | Declined, device: bytes) -> None:
        """Give a credential to who has the link, or say why not; it is kept before it is given."""
        given: Credential | Declined = Declined.FAILED
        if isinstance(applied, Declined):
            given = applied
            self._notices.add(sentence("D_LINK_EXPIRED", "holder", device="A device"))
        else:
            name = clean(applied.name, MOST_NAME) or "device"
            try:
                given = await self._take_on(applied, name)
            except TuiCallError as fault:
                log.error("device not linked", error=type(fault).__name__)
                self._notices.add(sentence("D_LINK_FAILED", "holder", device=name, why=fault))
            else:
                self._notices.add(sentence("D_LINKED", "holder", device=name))
        answer = link.answer(given, SystemEntropy())
        self._postbox.send(link.thread, self._account.address, device, answer, repeat=True)
        self._changes.show("me")

    async def _take_on(self, applied: Applicant, name: str) -> Credential:
        profile, now = self._profile, time.time()
        device = applied.pair.device
        before = profile.identity
        credential = before.issue(applied.pair.account, applied.device_key, device, now)
        profile.identity = before.with_linked(
            LinkedDevice(
                device_id=device,
                device_key=applied.device_key,
                name=name,
                since=now,
                secret=applied.secret,
                epoch=credential.epoch,
                not_before=credential.not_before,
            )
        )
        try:
            await self._keeper.now()
        except TuiCallError:
            profile.identity = before
            raise
        return credential

    # Removing

    async def remove(self, text: str) -> tuple[OwnDeviceView, bool]:
        """Remove a device for good: epoch, login, and new credentials for those that stay.

        Args:
            text: its name, or the beginning of its id.

        Returns:
            The device, and whether the service has revoked its login already.

        Raises:
            NoAccountKey: this device was linked itself.
            ActionRefused: none, or more than one, is called so, or it is this one.
            StoreUnavailable: nothing was changed.
        """
        profile = self._profile
        if not profile.identity.holds_account_key:
            raise NoAccountKey
        view = self._find(text)
        device, before = bytes.fromhex(view.id), profile.identity
        profile.identity = before.without(device)
        try:
            await self._keeper.now()
        except TuiCallError:
            profile.identity = before
            raise
        told = await self._tell_of_removals()
        self._give_to_those_online()
        code = "D_REMOVED" if told else "D_REMOVED_LATER"
        self._notices.add(sentence(code, "holder", device=view.name))
        self._changes.show("me")
        return view, told

    def _find(self, text: str) -> OwnDeviceView:
        wanted = text.strip().casefold()
        others = [view for view in self.views() if not view.here]
        named = [view for view in others if view.name.casefold() == wanted]
        begun = [
            view for view in others if len(wanted) >= _SHORTEST_ID and view.id.startswith(wanted)
        ]
        found = named or begun
        if len(found) == 1:
            return found[0]
        if found:
            raise ActionRefused("invalid", "Several devices are called so. Give the id.")
        raise ActionRefused("not_found", "No other device of yours is called so.")

    async def _tell_of_removals(self) -> bool:
        """Have the service revoke what was removed; False where it is to be told later."""
        for device in self._profile.identity.stored.removed:
            try:
                await self._membership.request(
                    lambda number, device=device: signaling.RemoveDevice(number, device.hex())
                )
            except NotAllowed:
                # It knows no such device of ours, so there is no login to revoke.
                log.info("removal not needed")
            except ServiceFault:
                return False
            profile = self._profile
            profile.identity = profile.identity.told_of_removal(device)
            self._account.save()
        return True

    # Credentials

    def _give_to_those_online(self) -> None:
        """Give a new credential to each linked device that is online with one of an older epoch."""
        identity = self._profile.identity
        if identity.stored.restored:
            return
        online = {device.id for device in self._listed() if device.online}
        for device in identity.linked:
            if device.epoch < identity.epoch and device.device_id.hex() in online:
                self._give(device)

    def _give(self, device: LinkedDevice) -> None:
        profile, account = self._profile, self._account.address
        identity = profile.identity
        credential = identity.issue(account, device.device_key, device.device_id, time.time())
        pair = Pair(account, identity.device_id, device.device_id)
        message = give(device.secret, pair, credential, SystemEntropy())
        self._send(thread_of_pair(device.secret), device.device_id, message)
        profile.identity = identity.with_linked(
            msgspec.structs.replace(
                device, epoch=credential.epoch, not_before=credential.not_before
            )
        )
        self._account.save()

    def _asked(self, device_id: bytes, message: bytes) -> None:
        """Answer a listed device whose credential is of an older epoch, or of an older month."""
        identity, now = self._profile.identity, time.time()
        device = next((one for one in identity.linked if one.device_id == device_id), None)
        if device is None or identity.stored.restored:
            log.info("credential asked for by a device that is not listed")
            return
        pair = Pair(self._account.address, identity.device_id, device_id)
        has = read_ask(device.secret, pair, device.device_key, message)
        if has.epoch != identity.epoch or not 0 <= now - has.not_before < RENEW_AFTER:
            self._give(device)

    def _ask(self) -> None:
        """Ask the holder for a credential, if it is online; it answers if there is a newer one."""
        identity, account = self._profile.identity, self._account.address
        link, credential = identity.stored.link, identity.credential
        if link is None or credential is None or not self._is_online(link.holder):
            return
        message = ask(
            link.secret,
            identity.pair(account),
            identity.device_private,
            Holding(credential.epoch, credential.not_before),
            SystemEntropy(),
        )
        self._send(thread_of_pair(link.secret), link.holder, message)

    def _given(self, message: bytes) -> None:
        profile, account = self._profile, self._account.address
        link, present = profile.identity.stored.link, profile.identity.credential
        if link is None or present is None:
            return
        pair, expired = profile.identity.pair(account), self._account.expired
        credential = read_give(link.secret, pair, present, message, time.time())
        profile.identity = profile.identity.with_credential(credential)
        self._account.save()
        if expired:
            self._notices.add(sentence("D_RENEWED", "device"))
            self._changes.show("encryption", "settings")

    # What the service tells

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
            log.info("message of an own device dropped", error=type(fault).__name__)

    def _take(self, kind: OwnMessage, device: bytes, payload: bytes) -> None:
        match kind:
            case OwnMessage.LINK_HELLO:
                self._greeted(device, payload)
            case OwnMessage.CREDENTIAL_ASK:
                self._asked(device, payload)
            case OwnMessage.CREDENTIAL_GIVE:
                self._given(payload)
            case OwnMessage.LINK_ANSWER:
                pass  # for a device that is being linked, which is not set up yet

    def _greeted(self, device: bytes, payload: bytes) -> None:
        link = self._link
        if link is None:
            return
        try:
            applied = link.receive(payload, device, time.monotonic())
        except ProtocolFailure as failure:
            if failure.kind is not FailureKind.DUPLICATE or not link.stored_answer:
                raise
            self._postbox.send(
                link.thread, self._account.address, device, link.stored_answer, repeat=False
            )
            return
        self._tasks.spawn(self._answer(link, applied, device))

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

    async def welcomed(self) -> None:
        """After each login: who is there, what is still to be told, what is still to be asked."""
        try:
            await self.refresh()
            await self._tell_of_removals()
        except TuiCallError as fault:
            log.info("own devices not known", error=type(fault).__name__)
            return
        self._ask()

    async def refresh(self) -> None:
        """Ask the service for the devices of the account.

        Raises:
            ServiceFault: it is away, or refused.
        """
        account = self._account.address
        answer = await self._membership.request(lambda number: signaling.Lookup(number, account))
        if isinstance(answer, signaling.People):
            self._people.learn(answer.people)
            self._confirm(answer.people)
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
        self._give_to_those_online()
        if self._profile.identity.renewal_due(time.time()):
            self._ask()
        self._changes.show("me")

    def look_around(self, now: float) -> None:
        """Once a second; once an hour look whether the credential has to be renewed."""
        if now - self._looked < LOOK_EVERY or self._account.joined is None:
            return
        self._looked = now
        if self._profile.identity.renewal_due(time.time()):
            self._ask()
        self._changes.show("encryption")

    # What a screen shows

    def views(self) -> tuple[OwnDeviceView, ...]:
        """Return the devices of the person, this one first."""
        identity = self._profile.identity
        listed = {device.id: device for device in self._listed()}
        linked = {device.device_id.hex(): device for device in identity.linked}
        here = identity.device_id.hex()
        holder = identity.stored.link.holder.hex() if identity.stored.link else here
        removed = {device.hex() for device in identity.stored.removed}
        ids = [here, *(one for one in {**listed, **linked} if one != here and one not in removed)]
        return tuple(
            OwnDeviceView(
                id=one,
                name=clean(
                    linked[one].name if one in linked else _name(listed.get(one)), MOST_NAME
                ),
                online=one == here or (one in listed and listed[one].online),
                here=one == here,
                holds_key=one == holder,
                linked=one in linked,
                since=linked[one].since if one in linked else 0,
            )
            for one in ids
        )

    @property
    def other(self) -> str:
        """The cleaned name of the one other device that is online, or words where it is not one."""
        views = self.views() if self._account.joined else ()
        names = [view.name for view in views if view.online and not view.here]
        return names[0] if len(names) == 1 else ANOTHER_DEVICE

    def _listed(self) -> tuple[signaling.Device, ...]:
        joined = self._account.joined
        return self._people.devices_of(joined.account) if joined else ()

    def _is_online(self, device: bytes) -> bool:
        return any(one.id == device.hex() and one.online for one in self._listed())

    def _send(self, thread: bytes, device: bytes, message: bytes) -> None:
        self._postbox.forget(thread)  # what was said before is over
        self._postbox.send(thread, self._account.address, device, message, repeat=True)


def _name(device: signaling.Device | None) -> str:
    return device.name if device is not None and device.name else "device"
