"""What a ready profile holds, and what of it is on disk.

Reading the state and writing it are two steps, because a write waits for the disk: `changes` takes
the state at one moment, `write` may run in another thread. Of several writes the newer state wins,
in whatever order they are carried out.
"""

import threading
from dataclasses import dataclass

import msgspec

from tui_call.e2ee.sealed_file import FileKind, RandomBytes, seal
from tui_call.identifiers import AccountId
from tui_call.profile.contacts import Contacts
from tui_call.profile.history import History
from tui_call.profile.identity import Identity
from tui_call.profile.store import ProfileStore
from tui_call.signaling.vocabulary import Presence

NAMES = {
    FileKind.KEY: "key",
    FileKind.IDENTITY: "identity",
    FileKind.CONTACTS: "contacts",
    FileKind.HISTORY: "history",
    FileKind.MEMBERSHIP: "membership",
}


class Membership(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The service that this profile belongs to.

    Attributes:
        host: name or address.
        port: its TCP port.
        pin: 32 bytes, of the invite; of a whole certificate in older profiles.
        organisation: its id, the part of account ids behind the @.
        account: this person's id there.
        name: this person's name.
        key_pins: of the keys that the service told at its latest login, () before.
        presence: what the person said of it last.
        presence_until: Unix seconds at which that is over, 0 for no such moment.
    """

    host: str
    port: int
    pin: bytes
    organisation: str
    account: AccountId
    name: str
    key_pins: tuple[bytes, ...] = ()
    presence: Presence = "free"
    presence_until: float = 0

    @property
    def pins(self) -> tuple[bytes, ...]:
        """By what the service is known (see `signaling.pins`)."""
        return self.key_pins or (self.pin,)


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """The state at one moment.

    Attributes:
        number: counts the moments.
        plaintexts: each kind of file as it is to be.
    """

    number: int
    plaintexts: dict[FileKind, bytes]


class Contents:
    """The opened files of a profile.

    Args:
        kek: the key that seals them, 32 bytes.
        identity: the keys of this device.
    """

    def __init__(self, kek: bytes, identity: Identity) -> None:
        self.identity = identity
        self.contacts = Contacts()
        self.history = History()
        self.membership: Membership | None = None
        self._kek = kek
        self._number = 0
        self._written: dict[FileKind, tuple[int, bytes]] = {}
        self._writing = threading.Lock()

    def changes(self) -> PendingWrite:
        """Take the state as it is now; only for the thread that changes it."""
        values: dict[FileKind, object] = {
            FileKind.IDENTITY: self.identity.stored,
            FileKind.CONTACTS: self.contacts.all,
            FileKind.HISTORY: self.history.calls,
        }
        if self.membership is not None:
            values[FileKind.MEMBERSHIP] = self.membership
        self._number += 1
        encoded = {kind: msgspec.msgpack.encode(value) for kind, value in values.items()}
        return PendingWrite(self._number, encoded)

    def note_as_read(self) -> None:
        """Take the state as what is on disk."""
        now = self.changes()
        self._written = {kind: (now.number, data) for kind, data in now.plaintexts.items()}

    def write(self, changes: PendingWrite, store: ProfileStore, random: RandomBytes) -> None:
        """Seal and write the files that differ from what is on disk; for any thread.

        Raises:
            StoreUnavailable: a file cannot be written; the old one is still there.
        """
        with self._writing:
            for kind, plaintext in changes.plaintexts.items():
                number, written = self._written.get(kind, (0, None))
                if number > changes.number:
                    continue
                if written != plaintext:
                    store.write(NAMES[kind], seal(kind, plaintext, self._kek, random))
                # Also where it is there already: what was taken before must not replace it.
                self._written[kind] = (changes.number, plaintext)
