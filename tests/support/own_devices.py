"""What tests of a person's devices look at, and a service that fails at something."""

from tests.support.one_process import Resident
from tui_call.control.views import OwnDeviceView
from tui_call.e2ee.credentials import Credential
from tui_call.service.faults import TooMany


def credential_of(one: Resident) -> Credential:
    return one.engine.account.identity().credential


def devices(one: Resident) -> dict[str, OwnDeviceView]:
    return {view.name: view for view in one.snapshot.me.devices}


async def fails(*_: object) -> None:
    """Stand in for what the service cannot do now."""
    raise TooMany
