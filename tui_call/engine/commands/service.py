"""Orders that the service carries out: invites, administration, account setting, name, relays."""

import asyncio
import time
from typing import assert_never

import msgspec

from tui_call.control import actions
from tui_call.control.server import ActionRefused
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.commands.identity import named
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.engine.media.libraries import load
from tui_call.engine.service.faults import NotAllowed, ServiceAway
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.relays import ServiceRelays
from tui_call.engine.service.watched_people import WatchedPeople
from tui_call.foreign_text import clean
from tui_call.signaling import messages as signaling
from tui_call.signaling.administration import MOST_BODY
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.messages import MalformedMessage

_SLOW_AFTER = 2.0
"""Seconds: with those in which a doubted service has to answer, one that is gone is told in 5."""
_LONGEST_CHANGE = 30.0

OrderForService = (
    actions.CreateInvite
    | actions.ChangePolicy
    | actions.Administer
    | actions.ChangeAccountSetting
    | actions.ChangeName
    | actions.AskRelays
    | actions.FindPeople
)


class ServiceOrders:
    """Passes them on, and gives back what the service says."""

    def __init__(
        self,
        account: OwnAccount,
        membership: ServiceMembership,
        relays: ServiceRelays,
        watched: WatchedPeople,
    ) -> None:
        self._account = account
        self._membership = membership
        self._relays = relays
        self._watched = watched

    async def carry_out(self, action: OrderForService) -> Result:
        """Do it.

        Raises:
            ServiceFault: the service is away, or refused.
        """
        request = self._membership.request
        match action:
            case actions.CreateInvite():
                return await self._invite()
            case actions.ChangePolicy(e2ee_calls, compared, relay_only):
                await request(
                    lambda number: signaling.ChangePolicy(number, e2ee_calls, compared, relay_only)
                )
            case actions.Administer(body):
                return await self._administer(body)
            case actions.ChangeAccountSetting(e2ee_calls, recorded, captioned):
                await request(
                    lambda number: signaling.ChangeSetting(number, e2ee_calls, recorded, captioned)
                )
            case actions.ChangeName(wanted):
                name = named(wanted)
                await request(lambda number: signaling.ChangeName(number, name))
                joined = self._account.joined
                return {"name": joined.name if joined else name}
            case actions.AskRelays():
                return await self._ask_relays()
            case actions.FindPeople(text):
                found, more = await self._watched.search(clean(text))
                return {"found": [person.account for person in found], "more": more}
            case _:
                assert_never(action)
        return NOTHING

    async def _invite(self) -> Result:
        try:
            answer = await self._membership.request(signaling.CreateInvite)
        except NotAllowed as refused:
            link = self._membership.link
            organisation = clean(link.organisation_name if link else "")
            raise ActionRefused("not_allowed", "O_INVITE", org=organisation) from refused
        if not isinstance(answer, signaling.InviteCreated):
            raise ServiceAway
        return {"link": parse_invite(answer.link).link, "expires": answer.expires}

    async def _administer(self, body: msgspec.Raw) -> Result:
        """Pass a body on; the service is doubted where it takes long, as a change may."""
        if memoryview(body).nbytes > MOST_BODY:
            raise MalformedMessage("long", n=MOST_BODY)
        loop = asyncio.get_running_loop()
        doubting = loop.call_later(_SLOW_AFTER, self._membership.doubt)
        try:
            answer = await self._membership.request(
                lambda number: signaling.Administer(number, body), _LONGEST_CHANGE
            )
        finally:
            doubting.cancel()
        if not isinstance(answer, signaling.Administered):
            raise ServiceAway
        return {"body": answer.body}

    async def _ask_relays(self) -> Result:
        await load()
        from tui_call.transport.probing import how_many_answer

        servers = self._relays.servers(time.monotonic())
        return {"named": len(servers), "answer": await how_many_answer(servers)}
