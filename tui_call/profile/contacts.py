"""What is remembered of other people: who is a contact, and which key is whose.

A key is pinned by the first handshake that verified. Another key of the same account changes
nothing: it waits as the offered key until the person accepts it, or until the pinned key is seen
again. Pins, comparisons and the mark that E2EE was made outlive removing or blocking a contact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

import msgspec

from tui_call.errors import LocalFault
from tui_call.identifiers import AccountId

WARNING_SECONDS = 86_400
UNDO_SECONDS = 10.0
ACCEPTED = "accepted"


class Standing(StrEnum):
    """How well an account's key is known."""

    NEW = "new"
    SEEN_BEFORE = "seen_before"
    COMPARED = "compared"
    CHANGED = "changed"
    DIFFERED = "differed"


class UnknownKey(LocalFault):
    """That is not the key which is known for this person. Call again, then compare."""


class NothingToAccept(LocalFault):
    """There is no new key of this person to accept."""


class OtherKeyOffered(LocalFault):
    """The key changed again meanwhile. Look at the new one before you accept it."""

    sentence_code = "G_KEY_AGAIN"


class NothingToUndo(LocalFault):
    """It is too late to undo that."""


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of one account, contact or not.

    Attributes:
        account: its id.
        name: as this person or the directory names it; foreign text.
        listed: the person keeps it among the contacts.
        blocked: its calls are not taken.
        identity_key: the pinned key, 32 bytes, b"" before the first verified handshake.
        key_standing: of the pinned key: NEW while there is none, else never NEW or CHANGED.
        since: Unix seconds of that standing.
        how: how it was compared ("digits", "in person", …), or ACCEPTED for a changed key.
        epoch: the highest seen under the pinned key.
        e2ee_made: a handshake verified on this device; a standard call asks first.
        offered_key: another key that came instead, b"" if none.
        offered_epoch: its epoch.
        warned: Unix seconds of the last warning about an offered key.
        held_back: calls with another key since that warning, without the warned one.
        earlier_epochs: highest epoch of keys that were pinned before.
    """

    account: AccountId
    name: str = ""
    listed: bool = False
    blocked: bool = False
    identity_key: bytes = b""
    key_standing: Standing = Standing.NEW
    since: float = 0
    how: str = ""
    epoch: int = 0
    e2ee_made: bool = False
    offered_key: bytes = b""
    offered_epoch: int = 0
    warned: float = 0
    held_back: int = 0
    earlier_epochs: dict[bytes, int] = {}

    @property
    def standing(self) -> Standing:
        """What a list of people shows: CHANGED while another key waits."""
        return Standing.CHANGED if self.offered_key else self.key_standing


@dataclass(frozen=True, slots=True)
class Observation:
    """What a verified handshake means for this call.

    Attributes:
        standing: of the key in this call; NEW the first time.
        allowed: the call may go on.
        warn: tell the person about the changed key; once a day and account.
    """

    standing: Standing
    allowed: bool
    warn: bool = False


class Contacts:
    """All that is remembered of other accounts. Changes are in memory until the profile saves.

    Attributes:
        renamed: counts who came new or under another name.
    """

    def __init__(self, stored: tuple[Contact, ...] = ()) -> None:
        self.renamed = 0
        self._renamed: dict[AccountId, int] = {}
        self._contacts = {contact.account: contact for contact in stored}
        self._before_comparing: dict[AccountId, tuple[Contact, float]] = {}

    @property
    def all(self) -> tuple[Contact, ...]:
        """Everything known, contacts and others, by account."""
        return tuple(self._contacts[account] for account in sorted(self._contacts))

    def __contains__(self, account: object) -> bool:
        """Whether anything is known of an account."""
        return account in self._contacts

    def renamed_since(self, count: int) -> Iterator[AccountId]:
        """Yield who came new or under another name since `renamed` was so, the last one first."""
        return takewhile(lambda one: self._renamed[one] > count, reversed(self._renamed))

    def get(self, account: AccountId) -> Contact:
        """Return what is known of an account; an empty entry for a stranger."""
        return self._contacts.get(account) or Contact(account)

    def observe(
        self, account: AccountId, identity_key: bytes, epoch: int, wall: float
    ) -> Observation:
        """Note the key of a fully verified handshake, and tell whether the call may go on.

        Args:
            account: whose credential it was.
            identity_key: IK, 32 bytes.
            epoch: of the credential; the handshake refused one below `get(account).epoch`.
            wall: Unix seconds.
        """
        known = self.get(account)
        if not known.identity_key:
            self._put(
                known,
                identity_key=identity_key,
                key_standing=Standing.SEEN_BEFORE,
                since=wall,
                epoch=epoch,
                e2ee_made=True,
            )
            return Observation(Standing.NEW, allowed=True)
        if known.identity_key != identity_key:
            return self._hold_back(known, identity_key, epoch, wall)
        # The known key still answers, so the other one was not its replacement.
        self._put(known, epoch=max(epoch, known.epoch), offered_key=b"", offered_epoch=0)
        return Observation(known.key_standing, allowed=known.key_standing != Standing.DIFFERED)

    def mark_compared(self, account: AccountId, identity_key: bytes, how: str, wall: float) -> None:
        """Note that the code or fingerprint matched.

        Raises:
            UnknownKey: the pinned key is another one.
        """
        known = self._with_key(account, identity_key)
        self._before_comparing[account] = known, wall
        self._put(known, key_standing=Standing.COMPARED, since=wall, how=how)

    def undo_until(self, account: AccountId) -> float:
        """Return the Unix second until which the last `mark_compared` can be undone, 0 if none."""
        known = self._before_comparing.get(account)
        return known[1] + UNDO_SECONDS if known else 0.0

    def undo_compared(self, account: AccountId, wall: float) -> None:
        """Take the last `mark_compared` back.

        Raises:
            NothingToUndo: it is more than `UNDO_SECONDS` old, or another decision came after it.
        """
        before, at = self._before_comparing.pop(account, (None, 0.0))
        # A clock that was set back must not keep it open, hence the absolute difference.
        if before is None or abs(wall - at) > UNDO_SECONDS:
            raise NothingToUndo
        self._put(
            self.get(account),
            key_standing=before.key_standing,
            since=before.since,
            how=before.how,
        )

    def mark_differed(self, account: AccountId, identity_key: bytes, wall: float) -> None:
        """Note that the codes differed; no call until the key was compared or replaced.

        Raises:
            UnknownKey: the pinned key is another one.
        """
        known = self._with_key(account, identity_key)
        self._before_comparing.pop(account, None)
        self._put(known, key_standing=Standing.DIFFERED, since=wall, how="")

    def accept_key(self, account: AccountId, identity_key: bytes, wall: float) -> None:
        """Pin the offered key; it counts as seen before, whatever the former one was.

        Args:
            account: whose key it is.
            identity_key: the key that the person was shown, 32 bytes.
            wall: Unix seconds.

        Raises:
            NothingToAccept: no key waits.
            OtherKeyOffered: by now another one does.
        """
        known = self.get(account)
        if not known.offered_key:
            raise NothingToAccept
        if known.offered_key != identity_key:
            raise OtherKeyOffered
        self._before_comparing.pop(account, None)
        earlier = {**known.earlier_epochs, known.identity_key: known.epoch}
        self._put(
            known,
            identity_key=known.offered_key,
            key_standing=Standing.SEEN_BEFORE,
            since=wall,
            how=ACCEPTED,
            epoch=max(known.offered_epoch, earlier.pop(known.offered_key, 0)),
            offered_key=b"",
            offered_epoch=0,
            held_back=0,
            earlier_epochs=earlier,
        )

    def add(self, account: AccountId, name: str = "") -> None:
        """Keep an account among the contacts; a name, if given, replaces the old one."""
        known = self.get(account)
        self._put(known, listed=True, name=name or known.name)

    def remove(self, account: AccountId) -> None:
        """Take an account off the contacts; its key, standing and marks stay."""
        self._put(self.get(account), listed=False)

    def block(self, account: AccountId, on: bool = True) -> None:
        """Block or unblock an account."""
        self._put(self.get(account), blocked=on)

    def _hold_back(
        self, known: Contact, identity_key: bytes, epoch: int, wall: float
    ) -> Observation:
        # A clock that was set back must not silence warnings, hence the absolute difference.
        warn = not known.warned or abs(wall - known.warned) >= WARNING_SECONDS
        self._put(
            known,
            offered_key=identity_key,
            offered_epoch=epoch,
            warned=wall if warn else known.warned,
            held_back=0 if warn else known.held_back + 1,
        )
        return Observation(Standing.CHANGED, allowed=False, warn=warn)

    def _with_key(self, account: AccountId, identity_key: bytes) -> Contact:
        known = self.get(account)
        if not identity_key or known.identity_key != identity_key:
            raise UnknownKey
        return known

    def _put(self, contact: Contact, **changes: object) -> None:
        known = self._contacts.get(contact.account)
        now = msgspec.structs.replace(contact, **changes)
        if known is None or known.name != now.name:
            self.renamed += 1
            self._renamed.pop(now.account, None)  # so that the last one stands last
            self._renamed[now.account] = self.renamed
        self._contacts[contact.account] = now
