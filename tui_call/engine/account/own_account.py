"""The account of the person here: what it is, what it knows, and that it is kept."""

import time

from msgspec.structs import replace

from tui_call.e2ee.credentials import LocalIdentity
from tui_call.engine.account.profile_writer import ProfileWriter
from tui_call.engine.changes import Changes
from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.identifiers import AccountId
from tui_call.profile.contacts import Contacts
from tui_call.profile.history import History
from tui_call.profile.profile import Membership, Profile
from tui_call.signaling.vocabulary import Presence

MOST_NAME = 64


class NoOpenAccount(LocalFault):
    """There is no account here that is open."""

    sentence_code = "O_SETUP"


class OwnAccount:
    """The profile as all others need it, open, locked or new."""

    def __init__(self, profile: Profile, writer: ProfileWriter, changes: Changes) -> None:
        self._profile = profile
        self._writer = writer
        self._changes = changes
        self._strangers = Contacts()
        self._no_history = History()

    @property
    def locked(self) -> bool:
        """Whether there is an identity here that nobody has opened."""
        return self._profile.state == "locked"

    @property
    def joined(self) -> Membership | None:
        """The membership, None while there is none or the identity is locked."""
        return self._profile.membership if self._profile.state == "ready" else None

    def member(self) -> Membership:
        """Return the membership.

        Raises:
            NoOpenAccount: there is none, or the identity is locked.
        """
        joined = self.joined
        if joined is None:
            raise NoOpenAccount
        return joined

    @property
    def address(self) -> AccountId:
        """Its id; see `member`."""
        return self.member().account

    @property
    def ready(self) -> bool:
        """Whether the identity is open, belongs to a service and can prove itself."""
        return self.joined is not None and not self.expired

    @property
    def expired(self) -> bool:
        """Whether this is a linked device whose credential is over."""
        joined = self.joined
        return joined is not None and not self._profile.identity.usable(joined.account, time.time())

    @property
    def contacts(self) -> Contacts:
        """Who is known here."""
        return self._profile.contacts if self._profile.state == "ready" else self._strangers

    @property
    def history(self) -> History:
        """Past calls."""
        return self._profile.history if self._profile.state == "ready" else self._no_history

    @property
    def identity_key(self) -> bytes:
        """IK of the person, 32 bytes."""
        return self._profile.identity.identity_key

    def identity(self) -> LocalIdentity:
        """Return credential and device key of a ready engine; CredentialOver where none holds."""
        assert self.joined is not None
        return self._profile.identity.local_identity(self.joined.account, time.time())

    def is_own(self, account: str) -> bool:
        """Whether it is this account."""
        return self.joined is not None and self.joined.account == account

    def save(self, *about: AccountId) -> None:
        """Keep what changed in the profile, and show it.

        Args:
            about: whom it is about, nobody for everybody.
        """
        self._writer.save()
        if about:
            self._changes.show_people(*about)
        else:
            self._changes.show("people")

    def knows_service_by(self, pins: tuple[bytes, ...]) -> None:
        """Keep by what the service is known from now on."""
        joined = self.joined
        if joined is not None and pins not in ((), joined.pins):
            self._profile.membership = replace(joined, key_pins=pins)
            self._writer.save()

    def choose_presence(self, presence: Presence, until: float) -> None:
        """Keep what the person says of it, up to Unix seconds `until` if that is not 0.

        Raises:
            NoOpenAccount: there is nobody whose presence it would be.
        """
        self._profile.membership = replace(self.member(), presence=presence, presence_until=until)
        self._writer.save()
        self._changes.show("me")

    def called(self, told: str) -> None:
        """Keep how the person is called now: another device may have changed it."""
        joined, name = self.joined, clean(told, MOST_NAME)
        if joined is not None and name and name != joined.name:
            self._profile.membership = replace(joined, name=name)
            self._writer.save()
            self._changes.show("me")
