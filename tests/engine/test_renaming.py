"""A person is called otherwise: on every device, for all who see them, at the same address."""

import msgspec
import pytest

from tests.support.one_process import Resident, Village, a_call, until
from tui_call.control.actions import ChangeName, Compare
from tui_call.control.server import ActionRefused
from tui_call.control.views import PersonView
from tui_call.identifiers import AccountId
from tui_call.profile.contacts import Standing


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


async def test_history_and_marks_of_a_person_stay_where_the_name_changes(
    here: Village, ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        await ada.order(Compare("match", "words", code=ada.code))
    await until(lambda: one_of(ada, ben).presence == "free")
    before = one_of(ada, ben)
    assert (before.standing, before.last_call) != ("new", 0)
    await ben.order(ChangeName("Benjamin"))
    await until(lambda: one_of(ada, ben).name == "Benjamin")
    after = one_of(ada, ben)
    assert msgspec.structs.replace(after, name=before.name) == before
    kept = ada.contacts.get(AccountId(ben.account))
    await ada.engine.close()
    again = Resident(await here.engine("ada"))
    found = again.contacts.get(AccountId(ben.account))
    assert (found.standing, found.identity_key) == (Standing.COMPARED, kept.identity_key)
    await until(lambda: again.lists(ben) and one_of(again, ben).name == "Benjamin")
    assert [past.member.account for past in again.snapshot.history] == [ben.account]


def one_of(ada: Resident, ben: Resident) -> PersonView:
    [person] = [person for person in ada.snapshot.people if person.account == ben.account]
    return person


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


async def test_how_the_person_here_is_called_concerns_nobody_of_the_list(
    ada: Resident, ben: Resident, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await until(lambda: ada.lists(ben) and ada.untold == [])
    monkeypatch.setattr(ada.engine.people, "views", None)
    await ada.order(ChangeName("Augusta"))
    await until(lambda: ada.engine.account.member().name == "Augusta")
    await until(lambda: ada.engine.people.name_of(ada.account) == "Augusta")
    assert "part not shown" not in caplog.text
    monkeypatch.undo()
    assert ada.untold == []
