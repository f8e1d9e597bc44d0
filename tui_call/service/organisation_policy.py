"""The organisation's encryption policy, as administrators change it in their settings."""

from tui_call.permissions.terms import Term
from tui_call.service.changes import Actor, OrganisationChanges
from tui_call.service.faults import NotAllowed, Refused, StoreUnusable, Unavailable
from tui_call.service.policies import CurrentPolicies
from tui_call.service.session import ClientSession
from tui_call.signaling.administration import Change
from tui_call.signaling.administration_answers import NotDone
from tui_call.signaling.messages import ChangePolicy, Done
from tui_call.signaling.operations import SetPolicy

_REFUSED: dict[str, type[Refused]] = {"not_allowed": NotAllowed, "unavailable": StoreUnusable}


class OrganisationPolicy:
    """Changes the policy that everybody has to whom nothing else is granted."""

    def __init__(self, changes: OrganisationChanges, policies: CurrentPolicies) -> None:
        self._changes = changes
        self._policies = policies

    async def change(self, session: ClientSession, message: ChangePolicy) -> None:
        """Change what is given of it.

        Raises:
            Refused: the change was not made.
        """
        wanted = {
            "e2ee_calls": message.e2ee_calls,
            "require_compared": message.require_compared,
            "relay_only": message.relay_only,
        }
        terms: dict[str, Term] = {
            name: value for name, value in wanted.items() if value is not None
        }
        if terms:
            operation = SetPolicy(name=self._policies.for_everybody, terms=terms)
            actor = Actor(session.account, session.device, session.arrival.address)
            outcome = await self._changes.carry_out(actor, Change(operations=(operation,)))
            if isinstance(outcome, NotDone):
                raise _REFUSED.get(outcome.why, Unavailable)
        session.put(Done(message.request))
