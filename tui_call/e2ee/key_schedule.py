"""Every hash and every derived key of the protocol, by the labels of the specification.

    LH(l, p…)        = SHA-256(P, " ", l, 0, then each part with its u32 length)
    EX(k, l, ctx, n) = HKDF-Expand-SHA-256(k, P, " ", l, 0, ctx; n bytes)        RFC 5869

`i2r` is from the caller (initiator) to the callee (responder), `r2i` the other way.
"""

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from tui_call.e2ee.messages import Invite, Respond

PROTOCOL = b"tui-call/e2ee/1"
KEY_BYTES = 32
_IV_BYTES = 12


def labelled_hash(label: str, *parts: bytes) -> bytes:
    """Return LH: 32 bytes."""
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return sha256(_labelled(label) + framed)


def expand(key: bytes, label: str, context: bytes = b"", length: int = KEY_BYTES) -> bytes:
    """Return EX: `length` bytes."""
    return HKDFExpand(SHA256(), length, _labelled(label) + context).derive(key)


def extract(salt: bytes, kem_secret: bytes, agreement_secret: bytes) -> bytes:
    """Mix both shared secrets (ML-KEM first) by HKDF-Extract; either alone is not enough."""
    return HKDF.extract(SHA256(), salt, kem_secret + agreement_secret)


def sha256(data: bytes) -> bytes:
    """Return the plain hash, of credentials, descriptions and whole messages."""
    return hashlib.sha256(data).digest()


def signed_statement(label: str, *parts: bytes) -> bytes:
    """Return what a signature covers: its label, then the parts."""
    return _labelled(label) + b"".join(parts)


def _labelled(label: str) -> bytes:
    return PROTOCOL + b" " + label.encode("ascii") + b"\0"


# The handshake


@dataclass(frozen=True, slots=True)
class Response:
    """What M2 tells of the callee.

    Attributes:
        sealed: e2, as it travelled.
        credential: cred_B, 233 bytes.
        capabilities: caps_B, 8 bytes.
    """

    sealed: bytes
    credential: bytes
    capabilities: bytes


@dataclass(frozen=True, slots=True)
class Revelation:
    """What M3 tells of the caller; nonce and credential are those that M1 committed to.

    Attributes:
        nonce: n_A, 32 bytes.
        credential: cred_A, 233 bytes.
        capabilities: caps_A, 8 bytes.
        description: the SDP offer.
    """

    nonce: bytes
    credential: bytes
    capabilities: bytes
    description: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """What both sides know once the key agreements are done.

    Attributes:
        transcript: th2, 32 bytes.
        secret: hs, 32 bytes.
    """

    transcript: bytes
    secret: bytes = field(repr=False)

    def respond_key(self) -> bytes:
        """Return k_r, which seals e2 and nothing else."""
        return expand(self.secret, "hs r", self.transcript)

    def offer_key(self) -> bytes:
        """Return k_i, which seals e3 and nothing else."""
        return expand(self.secret, "hs i", self.transcript)


def commitment(
    call_id: bytes,
    leg: int,
    nonce: bytes,
    credential: bytes,
    agreement_key: bytes,
    encapsulation_key: bytes,
) -> bytes:
    """Return com: what M1 promises of M3."""
    return labelled_hash(
        "commit",
        call_id,
        bytes([leg]),
        nonce,
        sha256(credential),
        agreement_key,
        encapsulation_key,
    )


def hello_transcript(invite: Invite, respond: Respond) -> bytes:
    """Return th2, over M1 and M2 without e2."""
    return labelled_hash("th2", invite.encode(), respond.open_part())


def agreement(transcript: bytes, kem_secret: bytes, agreement_secret: bytes) -> Agreement:
    """Derive hs from th2 and both shared secrets."""
    return Agreement(transcript, extract(transcript, kem_secret, agreement_secret))


def respond_statement(transcript: bytes, credential: bytes, capabilities: bytes) -> bytes:
    """Return what sig_B covers."""
    return signed_statement("sig r", labelled_hash("tr", transcript, credential, capabilities))


def offer_transcript(agreed: Agreement, response: Response, revealed: Revelation) -> bytes:
    """Return th3, over all that was said up to M3's sealing."""
    return labelled_hash(
        "th3",
        agreed.transcript,
        response.sealed,
        sha256(response.credential),
        response.capabilities,
        revealed.nonce,
        revealed.credential,
        revealed.capabilities,
        sha256(revealed.description),
    )


def offer_statement(transcript: bytes) -> bytes:
    """Return what sig_A covers, given th3."""
    return signed_statement("sig i", transcript)


def final_transcript(transcript: bytes, offer: bytes) -> bytes:
    """Return th4, given th3 and the whole M3."""
    return labelled_hash("th4", transcript, offer)


def code_secret(agreed: Agreement, response: Response, revealed: Revelation) -> bytes:
    """Return `sas`, of which the code that people compare is made.

    It covers what was fixed before the reveal and nothing else: no description, no signature and
    no padding of M3, in which a man in the middle could search.
    """
    covered = labelled_hash(
        "sas",
        agreed.transcript,
        response.sealed,
        sha256(response.credential),
        revealed.nonce,
        sha256(revealed.credential),
    )
    return expand(agreed.secret, "sas", covered)


def refusal_statement(invite: bytes, reason: int, credential: bytes) -> bytes:
    """Return what the signature of a REFUSE covers: it answers this one M1."""
    covered = labelled_hash("refuse", sha256(invite), bytes([reason]), credential)
    return signed_statement("refuse", covered)


# Generations: the first from the handshake, the others from rekeys


@dataclass(frozen=True, slots=True, eq=False)
class ControlKeys:
    """One direction of the control channel in one generation.

    Attributes:
        generation: which.
        transcript: th of that generation, 32 bytes, authenticated with each message.
        key: 32 bytes AES-256-GCM.
        iv: 12 bytes, to be XORed with the sequence number.
    """

    generation: int
    transcript: bytes
    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class DirectionKeys:
    """What one side of a call seals with in one generation.

    Attributes:
        media: SFrame base key, 32 bytes.
        control: of the control channel.
    """

    media: bytes = field(repr=False)
    control: ControlKeys


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """What the next generation is made of, together with fresh shared secrets.

    Attributes:
        generation: which one this is the end of.
        transcript: th of that generation, 32 bytes.
        secret: 32 bytes.
    """

    generation: int
    transcript: bytes
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class GenerationKeys:
    """All keys of one generation.

    Attributes:
        generation: 0 after the handshake, one more a rekey.
        media_i2r: SFrame base key, caller to callee, 32 bytes.
        media_r2i: SFrame base key, callee to caller, 32 bytes.
        control_i2r: control channel, caller to callee.
        control_r2i: control channel, callee to caller.
        chain: for the generation after it.
    """

    generation: int
    media_i2r: bytes = field(repr=False)
    media_r2i: bytes = field(repr=False)
    control_i2r: ControlKeys
    control_r2i: ControlKeys
    chain: Chain

    def directions(self, *, is_caller: bool) -> tuple[DirectionKeys, DirectionKeys]:
        """Return the keys of the own direction, and of the peer's."""
        i2r = DirectionKeys(self.media_i2r, self.control_i2r)
        r2i = DirectionKeys(self.media_r2i, self.control_r2i)
        return (i2r, r2i) if is_caller else (r2i, i2r)


def first_generation(secret: bytes, transcript: bytes) -> GenerationKeys:
    """Derive generation 0 from hs and th4."""
    return _generation(expand(secret, "main", transcript), 0, transcript)


def next_generation(
    chain: Chain, request: bytes, answer: bytes, kem_secret: bytes, agreement_secret: bytes
) -> GenerationKeys:
    """Derive the generation that follows a chain.

    Args:
        chain: of the generation under which REKEY1 and REKEY2 travelled.
        request: REKEY1, its tag and fields.
        answer: REKEY2, its tag and fields.
        kem_secret: the new ML-KEM shared secret.
        agreement_secret: the new X25519 shared secret.
    """
    transcript = labelled_hash("rekey", chain.transcript, request, answer)
    mixed = extract(chain.secret, kem_secret, agreement_secret)
    return _generation(expand(mixed, "main", transcript), chain.generation + 1, transcript)


def _generation(main: bytes, generation: int, transcript: bytes) -> GenerationKeys:
    def control(direction: str) -> ControlKeys:
        return ControlKeys(
            generation,
            transcript,
            key=expand(main, f"ctl {direction} key"),
            iv=expand(main, f"ctl {direction} iv", length=_IV_BYTES),
        )

    return GenerationKeys(
        generation,
        media_i2r=expand(main, "sframe i2r"),
        media_r2i=expand(main, "sframe r2i"),
        control_i2r=control("i2r"),
        control_r2i=control("r2i"),
        chain=Chain(generation, transcript, expand(main, "chain")),
    )
