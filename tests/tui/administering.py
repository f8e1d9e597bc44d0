"""What tests of Admin do at the screen."""

from tests.support.fake_organisation import (
    Organisation,
)
from tests.tui.conftest import Running
from tui_call.signaling.administration import (
    Change,
)
from tui_call.signaling.operations import (
    GrantPolicy,
)

GRANT = GrantPolicy(policy="finance-e2ee", to="group", subject="finance", rank=1)


async def shows(it: Running, text: str) -> None:
    """Wait until the screen shows what the service answered."""
    await it.until(lambda: text in it.text)


async def grant_to_finance(it: Running) -> None:
    """Open the first policy and grant it to a group."""
    await shows(it, "finance-e2ee")
    await it.press("enter")
    await grant_to_finance_again(it)


async def grant_to_finance_again(it: Running) -> None:
    await it.press("plus", "enter")
    await it.type("finance")
    await it.press("enter")
    await it.type("1")
    await it.press("enter")
    await shows(it, "draft: 1 change, 39 people")


async def publish(it: Running) -> None:
    """Look at the difference, and publish it."""
    await it.press("ctrl+y")
    await shows(it, "y Publish")
    await it.press("y")


def drafted(organisation: Organisation) -> object:
    """Return the operation that was tried last."""
    tried = [one for one in organisation.asked if isinstance(one, Change) and one.what_if]
    return tried[-1].operations[-1]
