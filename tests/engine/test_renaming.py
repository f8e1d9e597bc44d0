"""A person is called otherwise: on every device, for all who see them, at the same address."""

import pytest

from tests.support.one_process import Resident, Village, until
from tui_call.control.actions import ChangeName
from tui_call.control.server import ActionRefused


def own_name(one: Resident) -> str:
    return one.snapshot.me.name


async def test_a_new_name_is_shown_everywhere_and_kept(
    here: Village, ada: Resident, ben: Resident
) -> None:
    laptop = await here.device(ben, "laptop")
    address = ben.account
    await laptop.order(ChangeName("Ben  Müller\x1b[31m"))
    await until(lambda: {own_name(ben), own_name(laptop)} == {"Ben Müller[31m"})
    await until(
        lambda: (
            "Ben Müller[31m"
            in {person.name for person in ada.snapshot.people if person.account == address}
        )
    )
    assert ben.account == address
    await ben.engine.close()
    assert own_name(Resident(await here.engine("ben"))) == "Ben Müller[31m"


async def test_a_device_that_was_away_learns_the_name_when_it_is_back(
    here: Village, ben: Resident
) -> None:
    laptop = await here.device(ben, "laptop")
    await laptop.engine.close()
    await ben.order(ChangeName("Benjamin"))
    again = Resident(await here.engine("laptop"))
    await until(lambda: own_name(again) == "Benjamin")


async def test_a_name_of_which_nothing_can_be_shown_is_refused(ben: Resident) -> None:
    with pytest.raises(ActionRefused):
        await ben.order(ChangeName("\u200b \x07"))
    assert own_name(ben) == "Ben"
