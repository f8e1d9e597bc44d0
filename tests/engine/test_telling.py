"""Who is attached is told all that changes, and has what the engine has."""

from collections.abc import Awaitable

from tests.support.one_process import Resident, Village, until
from tui_call.control.actions import (
    Action,
    AddContact,
    Answer,
    Block,
    Call,
    ChangeAccountSetting,
    ChangeName,
    ChangeSetting,
    Compare,
    DismissCall,
    Forget,
    HangUp,
    Hold,
    MarkMissedSeen,
    Mute,
    Note,
    SetPresence,
    Swap,
)


async def told(step: Awaitable[object], *people: Resident) -> None:
    """Do something; all that it changes anywhere is told there."""
    await step
    for person in people:
        await until(lambda person=person: person.untold == [])


async def all_told(person: Resident, *people: Resident, orders: tuple[Action, ...]) -> None:
    """Let somebody order one after the other."""
    for order in orders:
        await told(person.order(order), *people)


async def test_what_people_do_in_calls_and_beside_them_is_told(
    ada: Resident, ben: Resident
) -> None:
    both = (ada, ben)
    await told(ada.order(Call(ben.account)), *both)
    await until(lambda: ben.phase == "ringing")
    await told(ben.order(Answer()), *both)
    await until(lambda: ada.phase == ben.phase == "active")
    code = ada.code
    orders = (
        Mute(on=True), Mute(on=False), Hold(on=True), Hold(on=False), Note("one"), Note("two"),
        Compare("match", code=code), Compare("undo", code=code), Compare("match", code=code),
        AddContact(ben.account, "Benjamin"), SetPresence("away"), ChangeName("Ada L."), HangUp(),
        DismissCall(), ChangeSetting("ui.calm", "true"), ChangeAccountSetting("off"),
        Block(ben.account), Block(ben.account, on=False), Forget(ben.account), MarkMissedSeen(),
    )  # fmt: skip
    await all_told(ada, *both, orders=orders)


async def test_what_becomes_of_two_calls_is_told(
    here: Village, ada: Resident, ben: Resident
) -> None:
    cleo = await here.resident("cleo")
    await told(ada.order(Call(ben.account)), ada, ben)
    await until(lambda: ben.phase == "ringing")
    await told(ben.order(Answer()), ada, ben)
    await until(lambda: ada.phase == ben.phase == "active")
    await told(cleo.order(Call(ada.account)), ada, ben, cleo)
    await until(lambda: len(ada.snapshot.calls) > 1)
    first, waiting = (call.id for call in ada.snapshot.calls)
    orders = (
        Answer(call=waiting, front="hold"), Swap(), Mute(), Swap(), HangUp(call=waiting),
        HangUp(call=first),
    )  # fmt: skip
    await all_told(ada, ada, ben, cleo, orders=orders)


async def test_what_goes_away_with_the_service_is_told(ada: Resident, ben: Resident) -> None:
    await until(lambda: ada.untold == ben.untold == [])
    link = ada.engine.membership.link
    assert link is not None
    await told(link.check(), ada, ben)
    await told(ada.engine.membership.disconnect(), ben)


async def test_who_comes_and_goes_is_told(here: Village, ada: Resident) -> None:
    for name in ("ben", "cleo", "dora"):
        await told(here.resident(name), ada)
    await until(lambda: len(ada.snapshot.people) >= len(("ben", "cleo", "dora")))
    await until(lambda: ada.untold == [])
