"""Checking that a login comes from the device that was enrolled."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tui_call.service.database import Accounts, LoginRecord
from tui_call.service.faults import ClockDiffers, DeviceRevoked, LoginRefused
from tui_call.signaling.messages import Login, login_statement
from tui_call.signaling.pins import ShownCertificate

LARGEST_CLOCK_DIFFERENCE = 120


async def check_login(
    accounts: Accounts,
    login: Login,
    *,
    organisation: str,
    nonce: bytes,
    certificate: ShownCertificate,
    now: int,
) -> LoginRecord:
    """Return what is known of the device that logs in.

    Args:
        accounts: the enrolled devices.
        login: what the client sent.
        organisation: this service's organisation.
        nonce: from this connection's challenge, used by no other login.
        certificate: of this service; signed is its key, or itself by who still pins it.
        now: Unix seconds.

    Raises:
        LoginRefused: unknown device, other account, wrong signature.
        ClockDiffers: the signed time is more than 120 s from now.
        DeviceRevoked: the device was removed.
    """
    record = await accounts.login(login.device)
    if record is None or record.account != login.account or not 0 <= login.time < 1 << 63:
        raise LoginRefused
    if not any(
        _signed(login, record, login_statement(organisation, nonce, pin, login.device, login.time))
        for pin in (certificate.key, certificate.whole)
    ):
        raise LoginRefused
    # Only who holds the key learns why it does not open the door.
    if record.revoked:
        raise DeviceRevoked
    if abs(login.time - now) > LARGEST_CLOCK_DIFFERENCE:
        raise ClockDiffers(now, LARGEST_CLOCK_DIFFERENCE)
    return record


def _signed(login: Login, record: LoginRecord, statement: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(record.login_key).verify(login.signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return True
