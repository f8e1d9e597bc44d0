"""What follows here when the connection to the service is lost and found."""

from tui_call.engine.calls.call_watch import CallWatch
from tui_call.engine.changes import Changes
from tui_call.engine.directory import KnownPeople
from tui_call.engine.notices import Notices
from tui_call.engine.service.link_state import LinkState
from tui_call.engine.service.membership import ServiceMembership
from tui_call.reasons import EndReason
from tui_call.sentences import sentence

_TURNED_OUT = {
    LinkState.REVOKED: EndReason.REVOKED,
    LinkState.DISABLED: EndReason.DISABLED,
}

MOST_REASONS = 5
"""Reasons for one absence that are told; a service may fail for another one at each start."""


class LinkNews:
    """Says it to the person, in a call and outside of one."""

    def __init__(
        self,
        membership: ServiceMembership,
        people: KnownPeople,
        calls: CallWatch,
        changes: Changes,
        notices: Notices,
    ) -> None:
        self._membership = membership
        self._people = people
        self._calls = calls
        self._changes = changes
        self._notices = notices
        self._state = LinkState.CONNECTING
        self._told: set[str] = set()  # since the service was there last

    def link_changed(self, state: LinkState) -> None:
        """Show how the connection stands."""
        if state is not self._state:
            self._state = state
            self._tell_call(state)
        self._tell_refusal(state)
        if state is not LinkState.ONLINE:
            self._people.go_offline()
            self._changes.show("me")  # whose devices are there is not known either
        self._changes.show("service")

    def _tell_call(self, state: LinkState) -> None:
        """Say in calls that the service goes away and is back; the call does not need it.

        Whom the organisation has turned out hangs up.
        """
        if state is LinkState.AWAY:
            self._calls.tell(sentence("G_SERVICE"))
        elif state is LinkState.ONLINE:
            self._calls.tell(sentence("G_SERVICE_BACK"))
        elif state in _TURNED_OUT:
            self._calls.turned_out(_TURNED_OUT[state])

    def _tell_refusal(self, state: LinkState) -> None:
        """Say each reason once why the service lets nobody in or does not start, until it did."""
        if state is LinkState.ONLINE:
            self._told.clear()
        refused = state.is_refusal or self._membership.start_fault is not None
        problem = self._membership.problem
        if problem is None or not refused or len(self._told) >= MOST_REASONS:
            return
        if problem.text not in self._told:
            self._told.add(problem.text)
            self._notices.add(problem)
