"""What the connections of a service share."""

from collections.abc import Callable
from dataclasses import dataclass

from tui_call.service.administration import Administration
from tui_call.service.arrivals import AdmissionControl
from tui_call.service.database import Accounts, Organisation
from tui_call.service.directory import Directory
from tui_call.service.enrolment import Enrolment
from tui_call.service.limits import TokenBuckets
from tui_call.service.missed_calls import MissedCallDelivery
from tui_call.service.on_demand import OnDemandAccounts
from tui_call.service.online_devices import OnlineDevices
from tui_call.service.relays import RelayAccess
from tui_call.service.routing import Router
from tui_call.signaling.pins import ShownCertificate


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """Everything that connections need, the same for all of them."""

    organisation: Organisation
    certificate: ShownCertificate
    accounts: Accounts
    enrolment: Enrolment
    online: OnlineDevices
    directory: Directory
    router: Router
    missed_calls: MissedCallDelivery
    administration: Administration
    relays: RelayAccess
    on_demand: OnDemandAccounts | None
    device_limit: TokenBuckets
    change_limit: TokenBuckets
    login_limit: TokenBuckets
    arrivals: AdmissionControl
    wall_clock: Callable[[], float]
