"""What a device is told first: whose it is, and what holds for it."""

from collections.abc import Callable

from tui_call.service.database import LoginRecord
from tui_call.service.policies import CurrentPolicies
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import Welcome
from tui_call.signaling.pins import ShownCertificate


class Welcomes:
    """Tells it."""

    def __init__(
        self,
        certificate: ShownCertificate,
        policies: CurrentPolicies,
        personal: bool,
        bridge: bool,
        wall_clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            certificate: of this service.
            policies: say what holds for an account.
            personal: the service is somebody's own.
            bridge: standard calls can be made here.
            wall_clock: Unix seconds.
        """
        self._certificate = certificate
        self._policies = policies
        self._personal = personal
        self._bridge = bridge
        self._wall_clock = wall_clock

    def tell(self, session: ClientSession, record: LoginRecord) -> None:
        """Tell a device that has enrolled, or logged in."""
        told = self._policies.of(record.account)
        session.put(
            Welcome(
                record.account,
                record.name,
                record.role,
                told.policy,
                record.setting,
                int(self._wall_clock()),
                (self._certificate.key,),
                told.calling,
                told.epoch,
                self._personal,
                self._bridge,
                record.recording_of_me,
                record.captions_of_me,
            )
        )
