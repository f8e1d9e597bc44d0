"""Who is chosen while one types for somebody to add, or to transfer to."""

from tests.support.fake_engine import CALL_ID, person, ready
from tests.support.fake_standard_calls import GRACE_IN, standard_call
from tests.tui.conftest import Start
from tui_call.control import actions


async def test_whose_name_begins_so_comes_before_whose_other_name_or_address_does(
    start: Start,
) -> None:
    names = ("Ben", "ben@clerks"), ("Anna Clement", "anna@acme"), ("Cleo", "cleo@acme")
    found = tuple(person(name, account=account) for name, account in names)
    async with start(ready(call=standard_call(GRACE_IN), people=found), "plus") as it:
        assert "> Anna" in it.text
        await it.press(*"cle")
        listed = [row.strip(" >").split()[0] for row in it.text.splitlines() if "free" in row]
        assert listed == ["Cleo", "Anna", "Ben"]
        await it.press("enter")
        assert it.engine.actions == [actions.Add("cleo@acme", call=CALL_ID)]
