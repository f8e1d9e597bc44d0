"""What an administrator asks goes through the engine unread, and is answered soon in any case."""

import asyncio
from typing import Any, cast

import msgspec
import pytest

from tests.support.one_process import DEADLINE, Resident
from tui_call.control.actions import Administer
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.commands import service as service_orders
from tui_call.engine.commands.service import ServiceOrders
from tui_call.engine.service.faults import ServiceAway, ServiceRefused
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.relays import ServiceRelays
from tui_call.engine.service.watched_people import WatchedPeople
from tui_call.signaling import messages as signaling
from tui_call.signaling.administration import MOST_BODY
from tui_call.signaling.messages import Administered, MalformedMessage

UNKNOWN_HERE = msgspec.Raw(b'{"ask":"what no engine knows","n":[1, 2.50]}')


class Membership:
    """A service that answers when the test lets it."""

    def __init__(self) -> None:
        self.asked: list[signaling.ClientMessage] = []
        self.may_answer = asyncio.Event()
        self.doubted = asyncio.Event()

    async def request(self, make: Any, timeout: float) -> signaling.ServiceMessage:  # noqa: ASYNC109
        self.asked.append(make(7))
        async with asyncio.timeout(timeout):
            await self.may_answer.wait()
        return Administered(7, UNKNOWN_HERE)

    def doubt(self) -> None:
        self.doubted.set()


def orders(membership: Membership) -> ServiceOrders:
    return ServiceOrders(
        cast("OwnAccount", None),
        cast("ServiceMembership", membership),
        ServiceRelays(),
        cast("WatchedPeople", None),
    )


async def test_body_and_answer_pass_unread() -> None:
    membership = Membership()
    membership.may_answer.set()
    result = await orders(membership).carry_out(Administer(UNKNOWN_HERE))
    (asked,) = membership.asked
    assert signaling.encode(asked) == (
        '{"type":"administer","request":7,"body":{"ask":"what no engine knows","n":[1, 2.50]}}'
    )
    assert bytes(result["body"]) == bytes(UNKNOWN_HERE)
    assert not membership.doubted.is_set()


async def test_a_service_that_takes_long_is_doubted_while_it_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service_orders, "_SLOW_AFTER", 0.01)
    membership = Membership()
    asking = asyncio.create_task(orders(membership).carry_out(Administer(UNKNOWN_HERE)))
    async with asyncio.timeout(DEADLINE):
        await membership.doubted.wait()
        membership.may_answer.set()
        assert "body" in await asking


async def test_what_a_frame_cannot_carry_does_not_leave() -> None:
    membership = Membership()
    with pytest.raises(MalformedMessage, match="longer"):
        await orders(membership).carry_out(Administer(msgspec.Raw(b'"' + b"a" * MOST_BODY + b'"')))
    assert not membership.asked


async def test_the_service_says_what_it_does_not_know_and_that_it_is_away(
    ada: Resident,
) -> None:
    with pytest.raises(ServiceRefused):
        await ada.order(Administer(UNKNOWN_HERE))
    await ada.engine.membership.disconnect()
    with pytest.raises(ServiceAway):
        await ada.order(Administer(UNKNOWN_HERE))
