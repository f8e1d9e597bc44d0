"""Faults of the service.

LocalFault: what keeps the service from starting, for the person who started it.
Refused (RemoteFault): what a client asked and does not get; goes to it as `Failed`.
"""

from typing import ClassVar

from tui_call.errors import LocalFault, RefusedInput, RemoteFault
from tui_call.signaling.messages import FailureCode
from tui_call.signaling.vocabulary import MOST_DEVICES


class ServiceAlreadyRunning(LocalFault):
    """A service already runs with this state directory."""


class AlreadyBegun(RefusedInput):
    """There is an organisation here already."""


class NotBegun(RefusedInput):
    """There is no organisation here yet."""


class NotPersonal(RefusedInput):
    """The service here is an organisation's."""


class OrganisationInvalid(RefusedInput):
    """An organisation cannot be called so, or be where that says."""


class StoreElsewhere(RefusedInput):
    """The store is not in a file here."""


class NobodyCalledSo(RefusedInput):
    """Nobody here has that address."""

    sentence_code = "A_NO_USER"


class StateUnusable(LocalFault):
    """The service cannot use its state directory."""


class PortUnavailable(LocalFault):
    """The service cannot listen at its port."""


class CertificateUnusable(LocalFault):
    """The file with the service's certificate is damaged: put it back from a backup."""


class RelaySecretUnusable(LocalFault):
    """The secret that the service shares with its TURN servers cannot be used."""


class DatabaseUnusable(LocalFault):
    """The service cannot use its database."""


class Refused(RemoteFault):
    """The service does not do that.

    Attributes:
        code: names the reason in `Failed`.
        time: the service's clock where it is the reason, else 0; Unix seconds.
        min_client: the oldest version that is let in where that is the reason, else "".
        disabled_by: the name of the organisation that keeps the person out, else "".
    """

    code: ClassVar[FailureCode] = "not_allowed"
    time: int = 0
    min_client: str = ""
    disabled_by: str = ""


class Malformed(Refused):
    """The message is malformed."""

    code = "malformed"


class WrongVersion(Refused):
    """The service speaks another version of the protocol."""

    code = "version"


class ClientTooOld(WrongVersion):
    """The login was refused: the person's policy lets in only newer clients."""

    def __init__(self, min_client: str) -> None:
        """Tell the oldest version that is let in."""
        super().__init__(ver=min_client)
        self.min_client = min_client


class InviteUnknown(Refused):
    """This invite is not known here."""

    code = "invite_unknown"


class InviteUsed(Refused):
    """This invite was used already. Each works once."""

    code = "invite_used"


class InviteExpired(Refused):
    """This invite has expired."""

    code = "invite_expired"


class TooManyDevices(Refused):
    """A person has at most so many devices: remove one first."""

    code = "too_many_devices"

    def __init__(self) -> None:
        super().__init__(n=MOST_DEVICES)


class NobodyThere(Refused):
    """There is no such account."""


class NotYourDevice(Refused):
    """That device was not linked by this one."""


class NameInvalid(Refused):
    """A name needs at least one character that can be shown."""

    code = "name_invalid"


class NameKept(Refused):
    """Addresses that begin with guest. are kept for guests."""

    code = "name_taken"


class LoginRefused(Refused):
    """The login was refused: the service does not know this device and key."""

    code = "login_refused"


class AccountDisabled(LoginRefused):
    """The login was refused: administrators keep the person out."""

    sentence_code = "R_DISABLED"

    def __init__(self, organisation: str) -> None:
        """Tell the name of the organisation."""
        super().__init__(org=organisation)
        self.disabled_by = organisation


class ClockDiffers(Refused):
    """The login was refused: the clocks of device and service differ by over two minutes."""

    code = "clock"

    def __init__(self, time: int, allowed: int) -> None:
        """Tell the service's own time, in Unix seconds, and the seconds that it allows."""
        super().__init__(n=allowed // 60)
        self.time = time


class DeviceRevoked(Refused):
    """This device was removed."""

    code = "device_revoked"


class NotAllowed(Refused):
    """Only administrators can do that."""


class TooMany(Refused):
    """Too many messages in a short time."""

    code = "rate"


class TooLarge(Refused):
    """The message is too large."""

    code = "too_large"


class StoreUnusable(Refused):
    """The service cannot use its database now."""

    code = "store"


class Unavailable(Refused):
    """The service cannot do that now."""

    code = "unavailable"


class Replaced(Refused):
    """This device has logged in on another connection."""

    code = "replaced"


class UnknownKept(Refused):
    """There is no such recording or transcript, or who asks may not know of it."""

    code = "unknown_kept"
    sentence_code = "N_UNKNOWN_KEPT"


class KeptAway(Refused):
    """Its files are on the disk of another service."""

    code = "kept_away"
    sentence_code = "N_KEPT_AWAY"


class KeptRunning(Refused):
    """It goes on: it is deleted when it is over."""

    code = "kept_running"
    sentence_code = "N_KEPT_RUNNING"


class KeptNotAllowed(Refused):
    """Who asks sees it, and may not do that with it."""

    code = "kept_not_allowed"
    sentence_code = "N_KEPT_NOT_ALLOWED"


def refusal(fault: LocalFault) -> Refused:
    """Return what a client is told of the service's own fault."""
    return StoreUnusable() if isinstance(fault, DatabaseUnusable) else Unavailable()
