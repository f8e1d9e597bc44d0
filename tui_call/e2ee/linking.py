"""Linking a device: how one more device of an account gets its credential.

Theory of operation
===================
The device that holds IK (the holder) makes a link secret of 32 bytes and shows it, with where the
service is and a one-time code, as a link or QR code. The new device makes its own DK, enrols at
the service with the code and says HELLO: its DK, a signature that it holds it, and its name, sealed
under a key of the link secret. The holder answers with a credential, or declines. The service sees
an opaque message each way; without the secret it can neither read them nor make a HELLO that opens,
so it can enrol devices of its own and never get a credential for one.

A link serves once: the first HELLO that opens spends it, whatever comes of it. What does not open
spends nothing, so that nobody without the link can use it up. Both sides keep their message as
bytes; a duplicate is answered with the stored answer.

Both keep a pair secret, under which the device asks for later credentials (`renewal`).
"""

import struct
from dataclasses import dataclass, field
from enum import IntEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.e2ee import primitives
from tui_call.e2ee.credentials import Credential
from tui_call.e2ee.entropy import Entropy
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.key_schedule import expand, labelled_hash, sha256, signed_statement
from tui_call.e2ee.own_devices import (
    NONCE_BYTES,
    THREAD_BYTES,
    OwnHeader,
    OwnMessage,
    Pair,
    open_own,
    seal_own,
)
from tui_call.identifiers import AccountId

MOST_NAME_BYTES = 128
_HELLO = struct.Struct(">32s64s")
_LINKED = 0


class Declined(IntEnum):
    """Why the holder gives no credential."""

    EXPIRED = 1
    TOO_MANY_DEVICES = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class Applicant:
    """A device that proved that it has the link.

    Attributes:
        pair: the two devices.
        device_key: DK, 32 bytes.
        name: what it calls itself; foreign text.
        secret: of the pair, 32 bytes.
    """

    pair: Pair
    device_key: bytes
    name: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Linked:
    """What the new device has won.

    Attributes:
        credential: verified; its IK is the account's.
        secret: of the pair, 32 bytes.
    """

    credential: Credential
    secret: bytes = field(repr=False)


def thread_of(link_secret: bytes) -> bytes:
    """Return the name of a link's messages, 16 bytes; it tells nothing of the secret."""
    return expand(link_secret, "link id", b"", THREAD_BYTES)


class Newcomer:
    """The side of the new device.

    Attributes:
        hello: the message for the holder, to be sent until it is answered.
        thread: of both messages.
    """

    def __init__(
        self,
        link_secret: bytes,
        pair: Pair,
        device_private: Ed25519PrivateKey,
        name: str,
        entropy: Entropy,
    ) -> None:
        """Make the HELLO.

        Args:
            link_secret: from the link, 32 bytes.
            pair: the account as the service told it, the holder of the link, this device.
            device_private: DK's private half.
            name: of this device; cut to 128 bytes.
            entropy: gives the nonce.
        """
        self.thread = thread_of(link_secret)
        self._link_secret = link_secret
        self._pair = pair
        self._device_key = device_private.public_key().public_bytes_raw()
        header = OwnHeader(OwnMessage.LINK_HELLO, self.thread, entropy.random(NONCE_BYTES))
        named = name.encode()[:MOST_NAME_BYTES].decode(errors="ignore").encode()
        signature = device_private.sign(_hello_statement(header, pair, self._device_key, named))
        content = _HELLO.pack(self._device_key, signature) + named
        self.hello = seal_own(link_secret, header, pair.encode(), content)

    def receive(self, message: bytes, wall: float) -> Linked | Declined:
        """Take the holder's answer.

        Args:
            message: what came from the holder.
            wall: Unix seconds.

        Raises:
            ProtocolFailure: not the answer; wait on. A credential that is not for this device, or
                that does not verify, is CREDENTIAL_INVALID (or EARLY, EXPIRED).
        """
        header = OwnHeader.of(message)
        if header.type is not OwnMessage.LINK_ANSWER or header.thread != self.thread:
            raise ProtocolFailure(FailureKind.UNEXPECTED)
        context = self._pair.encode() + sha256(self.hello)
        content = open_own(self._link_secret, header, context, message)
        if content[:1] != bytes([_LINKED]):
            return _declined(content)
        credential = Credential.decode(content[1:])
        check_issued(credential, self._pair, self._device_key, wall)
        return Linked(credential, pair_secret(self._link_secret, self._pair, self.hello))


class OpenLink:
    """The holder's side of one link.

    Attributes:
        thread: of both messages.
    """

    def __init__(
        self, link_secret: bytes, account: AccountId, holder: bytes, deadline: float
    ) -> None:
        """Wait for a HELLO.

        Args:
            link_secret: 32 random bytes.
            account: whose devices they are.
            holder: id of this device, 16 bytes.
            deadline: monotonic seconds until which the link can be used.
        """
        self.thread = thread_of(link_secret)
        self._link_secret = link_secret
        self._account = account
        self._holder = holder
        self._deadline = deadline
        self._hello = b""
        self._answer = b""
        self._applicant: Applicant | None = None

    @property
    def spent(self) -> bool:
        """Whether a HELLO has opened."""
        return self._applicant is not None

    def receive(self, message: bytes, device: bytes, now: float) -> Applicant | Declined:
        """Take a HELLO; what it gives is to be answered by `answer`.

        Args:
            message: what came.
            device: id of the device that it came from, as the service says; 16 bytes.
            now: monotonic seconds.

        Raises:
            ProtocolFailure: DUPLICATE: send `stored_answer` again. CONFLICTING: the link was used.
                Others: not a HELLO of this link; nothing is spent.
        """
        header = OwnHeader.of(message)
        if header.type is not OwnMessage.LINK_HELLO or header.thread != self.thread:
            raise ProtocolFailure(FailureKind.UNEXPECTED)
        if self.spent:
            same = message == self._hello
            raise ProtocolFailure(FailureKind.DUPLICATE if same else FailureKind.CONFLICTING)
        pair = Pair(self._account, self._holder, device)
        content = open_own(self._link_secret, header, pair.encode(), message)
        key, name = _read_hello(header, pair, content)
        secret = pair_secret(self._link_secret, pair, message)
        self._hello, self._applicant = message, Applicant(pair, key, name, secret)
        return Declined.EXPIRED if now >= self._deadline else self._applicant

    def answer(self, given: Credential | Declined, entropy: Entropy) -> bytes:
        """Return the answer, once; from then on it is `stored_answer`.

        Args:
            given: the credential for the applicant, or why there is none.
            entropy: gives the nonce.
        """
        assert self._applicant is not None, "there is nobody to answer"
        assert not self._answer, "a link is answered once"
        content = (
            bytes([_LINKED]) + given.encode()
            if isinstance(given, Credential)
            else bytes([given.value])
        )
        header = OwnHeader(OwnMessage.LINK_ANSWER, self.thread, entropy.random(NONCE_BYTES))
        context = self._applicant.pair.encode() + sha256(self._hello)
        self._answer = seal_own(self._link_secret, header, context, content)
        return self._answer

    @property
    def stored_answer(self) -> bytes:
        """The answer's bytes, b"" before there is one."""
        return self._answer


def pair_secret(link_secret: bytes, pair: Pair, hello: bytes) -> bytes:
    """Return what the two devices keep for later, 32 bytes."""
    return expand(link_secret, "link pair", pair.encode() + sha256(hello))


def check_issued(credential: Credential, pair: Pair, device_key: bytes, wall: float) -> None:
    """Check that a credential is valid now, and that of this device and account.

    Raises:
        ProtocolFailure: CREDENTIAL_INVALID, CREDENTIAL_EARLY or CREDENTIAL_EXPIRED.
    """
    credential.check(wall)
    named = (credential.device_key, credential.device_id, credential.account_id)
    if named != (device_key, pair.device, pair.account):
        raise ProtocolFailure(FailureKind.CREDENTIAL_INVALID)


def _read_hello(header: OwnHeader, pair: Pair, content: bytes) -> tuple[bytes, str]:
    if len(content) < _HELLO.size:
        raise ProtocolFailure(FailureKind.CONTENT)
    key, signature = _HELLO.unpack_from(content)
    named = content[_HELLO.size :]
    if not primitives.is_usable_signing_key(key) or len(named) > MOST_NAME_BYTES:
        raise ProtocolFailure(FailureKind.CONTENT)
    primitives.verify(key, signature, _hello_statement(header, pair, key, named))
    try:
        return key, named.decode()
    except UnicodeDecodeError as error:
        raise ProtocolFailure(FailureKind.CONTENT) from error


def _declined(content: bytes) -> Declined:
    if len(content) != 1 or content[0] not in list(Declined):
        raise ProtocolFailure(FailureKind.CONTENT)
    return Declined(content[0])


def _hello_statement(header: OwnHeader, pair: Pair, device_key: bytes, name: bytes) -> bytes:
    hashed = labelled_hash(header.label, header.encode(), pair.encode(), device_key, name)
    return signed_statement(header.label, hashed)
