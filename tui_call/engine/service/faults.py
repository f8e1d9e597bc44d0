"""What can go wrong between engine and service, each with the sentence that a person reads."""

import time
from datetime import datetime
from importlib.metadata import version

from tui_call.errors import RemoteFault
from tui_call.signaling.messages import (
    Failed,
    FailureCode,
)
from tui_call.signaling.vocabulary import MOST_DEVICES


class ServiceFault(RemoteFault):
    """The service did not do that."""


class ServiceAway(ServiceFault):
    """The service cannot be reached."""


class NoAnswer(ServiceAway):
    """The service did not answer in time."""


class WrongCertificate(ServiceFault):
    """The service shows another certificate than your invite. Not connected."""

    sentence_code = "G_SERVICE_CERT"


class ServiceRefused(ServiceFault):
    """The service refused that."""


class OldClient(ServiceRefused):
    """The service speaks another version of the protocol: update tui-call."""


class ClientTooOld(OldClient):
    """The organisation lets in only newer versions of tui-call than this one."""

    sentence_code = "R_OLD_CLIENT"

    def __init__(self, needed: str) -> None:
        """Say which version it needs, as the service told it, and which this is."""
        super().__init__(ver=needed, own=version("tui-call"))


class InviteUnknown(ServiceRefused):
    """This invite is not known to the service. Ask for a new one."""


class InviteUsed(ServiceRefused):
    """This invite was used already. Each works once: ask for a new one."""


class InviteExpired(ServiceRefused):
    """This invite has expired. Ask for a new one."""


class TooManyDevices(ServiceRefused):
    """A person has at most so many devices. Remove one first: tui-call device remove NAME."""

    def __init__(self) -> None:
        super().__init__(n=MOST_DEVICES)


class NameInvalid(ServiceRefused):
    """A name needs at least one character that can be shown."""


class NameKept(ServiceRefused):
    """Addresses that begin with guest. are kept for guests. Take another name."""


class LoginRefused(ServiceRefused):
    """The service does not accept this device's login. Ask for a new invite."""


class AccountDisabled(LoginRefused):
    """The organisation keeps the person out."""

    sentence_code = "R_DISABLED"

    def __init__(self, organisation: str) -> None:
        """Say which organisation, by the name that the service told."""
        super().__init__(org=organisation)


class ClockDiffers(ServiceRefused):
    """The clocks of this computer and of the service differ by more than two minutes."""

    sentence_code = "G_CLOCK"

    def __init__(self, here: float, there: float) -> None:
        """Say both times.

        Args:
            here: Unix seconds on this computer.
            there: Unix seconds at the service.
        """
        times = [datetime.fromtimestamp(time).astimezone() for time in (here, there)]
        form = "%H:%M" if times[0].date() == times[1].date() else "%Y-%m-%d %H:%M"
        super().__init__(here=times[0].strftime(form), there=times[1].strftime(form))


class DeviceRevoked(ServiceRefused):
    """This device was removed from the organisation. Ask for a new invite."""


class LoggedInElsewhere(ServiceRefused):
    """This device's identity is in use elsewhere, so this copy of it is not connected."""


class NotAllowed(ServiceRefused):
    """Only administrators can do that."""


class TooMany(ServiceRefused):
    """Too many requests in a short time. Try again in a moment."""


class ServiceUnavailable(ServiceRefused):
    """The service cannot do that now. Its log says why."""


class StoreUnusable(ServiceUnavailable):
    """The service cannot use its database now. Its log says why."""


class UnknownKept(ServiceRefused):
    """There is no such recording or transcript, for who asks."""

    sentence_code = "N_UNKNOWN_KEPT"


class KeptAway(ServiceRefused):
    """Its files are on a computer that is not there now."""

    sentence_code = "N_KEPT_AWAY"


class KeptRunning(ServiceRefused):
    """It goes on: it is deleted when it is over."""

    sentence_code = "N_KEPT_RUNNING"


class KeptNotAllowed(ServiceRefused):
    """Who asks sees it, and may not do that with it."""

    sentence_code = "N_KEPT_NOT_ALLOWED"


_BY_CODE: dict[FailureCode, type[ServiceRefused]] = {
    "malformed": ServiceRefused,
    "too_large": ServiceRefused,
    "version": OldClient,
    "invite_unknown": InviteUnknown,
    "invite_used": InviteUsed,
    "invite_expired": InviteExpired,
    "too_many_devices": TooManyDevices,
    "name_taken": NameKept,
    "name_invalid": NameInvalid,
    "login_refused": LoginRefused,
    "device_revoked": DeviceRevoked,
    "replaced": LoggedInElsewhere,
    "not_allowed": NotAllowed,
    "rate": TooMany,
    "store": StoreUnusable,
    "unavailable": ServiceUnavailable,
    "unknown_kept": UnknownKept,
    "kept_away": KeptAway,
    "kept_running": KeptRunning,
    "kept_not_allowed": KeptNotAllowed,
}


def fault_of(failed: Failed) -> ServiceRefused:
    """Return the fault that a `Failed` stands for, in own words."""
    if failed.code == "clock":
        return ClockDiffers(time.time(), failed.time)
    if failed.disabled_by:
        return AccountDisabled(failed.disabled_by)
    if failed.min_client:
        return ClientTooOld(failed.min_client)
    return _BY_CODE[failed.code]()
