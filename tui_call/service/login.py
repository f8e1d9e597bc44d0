"""Checking that a login comes from the device that was enrolled."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tui_call.service.database import Accounts, LoginRecord
from tui_call.service.faults import ClockDiffers, DeviceRevoked, LoginRefused
from tui_call.signaling.messages import Login, login_statement

LARGEST_CLOCK_DIFFERENCE = 120


async def check_login(
    accounts: Accounts, login: Login, *, organisation: str, nonce: bytes, pin: bytes, now: int
) -> LoginRecord:
    """Return what is known of the device that logs in.

    Args:
        accounts: the enrolled devices.
        login: what the client sent.
        organisation: this service's organisation.
        nonce: from this connection's challenge, used by no other login.
        pin: SHA-256 of the certificate of this service.
        now: Unix seconds.

    Raises:
        LoginRefused: unknown device, other account, wrong signature.
        ClockDiffers: the signed time is more than 120 s from now.
        DeviceRevoked: the device was removed.
    """
    record = await accounts.login(login.device)
    if record is None or record.account != login.account or not 0 <= login.time < 1 << 63:
        raise LoginRefused
    statement = login_statement(organisation, nonce, pin, login.device, login.time)
    try:
        Ed25519PublicKey.from_public_bytes(record.login_key).verify(login.signature, statement)
    except (InvalidSignature, ValueError) as error:
        raise LoginRefused from error
    # Only who holds the key learns why it does not open the door.
    if record.revoked:
        raise DeviceRevoked
    if abs(login.time - now) > LARGEST_CLOCK_DIFFERENCE:
        raise ClockDiffers(now, LARGEST_CLOCK_DIFFERENCE)
    return record
