"""The sealed parts of M2 and M3: e2 shows the callee's credential, e3 the caller's and the offer.

Each is under a key of its own that seals nothing else, so that the nonce may be constant. Opening
tells only that the seal held; what is inside is verified by the handshake.
"""

import struct

from tui_call.e2ee import key_schedule, primitives
from tui_call.e2ee.credentials import CREDENTIAL_BYTES, LocalIdentity
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.key_schedule import Agreement, Response, Revelation
from tui_call.e2ee.messages import (
    OFFER_PADDING,
    RESPOND_PADDING,
    MessageHeader,
    Respond,
    pad,
    unpad,
)

_NONCE = bytes(12)
_RESPOND_CONTENT = struct.Struct(f">{CREDENTIAL_BYTES}s8s64s")
_OFFER_CONTENT = struct.Struct(f">32s{CREDENTIAL_BYTES}s8s64s")


def seal_respond(identity: LocalIdentity, agreed: Agreement, header: MessageHeader) -> Response:
    """Sign what M2 tells and seal it under k_r."""
    credential = identity.credential.encode()
    capabilities = identity.credential.capabilities.to_bytes(8, "big")
    statement = key_schedule.respond_statement(agreed.transcript, credential, capabilities)
    content = _RESPOND_CONTENT.pack(
        credential, capabilities, identity.device_private.sign(statement)
    )
    sealed = primitives.seal(
        agreed.respond_key(),
        _NONCE,
        pad(content, RESPOND_PADDING),
        header.encode() + agreed.transcript,
    )
    return Response(sealed, credential, capabilities)


def open_respond(agreed: Agreement, respond: Respond) -> tuple[Response, bytes]:
    """Return what M2 tells, not yet verified, and its signature.

    Raises:
        ProtocolFailure: AUTHENTICATION or CONTENT.
    """
    bound = respond.header.encode() + agreed.transcript
    padded = primitives.open_sealed(agreed.respond_key(), _NONCE, respond.sealed, bound)
    content = unpad(padded, RESPOND_PADDING)
    if len(content) != _RESPOND_CONTENT.size:
        raise ProtocolFailure(FailureKind.CONTENT)
    credential, capabilities, signature = _RESPOND_CONTENT.unpack(content)
    return Response(respond.sealed, credential, capabilities), signature


def seal_offer(
    header: MessageHeader, agreed: Agreement, revealed: Revelation, signature: bytes
) -> bytes:
    """Seal what M3 tells, and its signature, under k_i; returns the whole M3."""
    content = _OFFER_CONTENT.pack(
        revealed.nonce, revealed.credential, revealed.capabilities, signature
    )
    sealed = primitives.seal(
        agreed.offer_key(),
        _NONCE,
        pad(content + revealed.description, OFFER_PADDING),
        header.encode() + agreed.transcript,
    )
    return header.encode() + sealed


def open_offer(header: MessageHeader, agreed: Agreement, sealed: bytes) -> tuple[Revelation, bytes]:
    """Return what M3 tells, not yet verified, and its signature.

    Raises:
        ProtocolFailure: AUTHENTICATION or CONTENT.
    """
    bound = header.encode() + agreed.transcript
    content = unpad(
        primitives.open_sealed(agreed.offer_key(), _NONCE, sealed, bound), OFFER_PADDING
    )
    if len(content) < _OFFER_CONTENT.size:
        raise ProtocolFailure(FailureKind.CONTENT)
    nonce, credential, capabilities, signature = _OFFER_CONTENT.unpack_from(content)
    description = content[_OFFER_CONTENT.size :]
    return Revelation(nonce, credential, capabilities, description), signature
