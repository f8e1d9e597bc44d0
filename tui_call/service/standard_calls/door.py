"""What the calling policies say at the service's door, whatever an engine says of itself."""

from collections.abc import Iterable

from tui_call.service.policies import CurrentPolicies


class CallDoor:
    """Judges by the policies that apply now."""

    def __init__(self, policies: CurrentPolicies) -> None:
        self._policies = policies

    def closed_to(self, people: Iterable[str]) -> str:
        """Return why some people cannot be in a standard call together, "" where they can.

        What has to be recorded cannot be yet, so it does not take place.
        """
        recorded = any(self._policies.calling_terms(one).compliance_recording for one in people)
        return "N_COMPLIANCE" if recorded else ""

    def may_retrieve(self, account: str, parked_by: str) -> bool:
        """Tell whether somebody may take what another one parked; for others nothing is there."""
        group = self._policies.calling_terms(parked_by).park_group
        return account == parked_by or group == "" or self._policies.is_in(group, account)
