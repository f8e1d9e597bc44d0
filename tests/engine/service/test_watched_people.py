"""People of whom the service did not tell at a login: asked for again, without another one."""

import pytest

from tests.support.one_process import Resident, Village, until
from tests.support.own_devices import fails
from tui_call.control.actions import AddContact, SetPresence
from tui_call.engine.service import second_try, watched_people
from tui_call.service.directory import Directory


async def log_in_anew(person: Resident) -> None:
    """Have somebody log in anew, as after the service was started again."""
    joined = person.engine.account.joined
    assert joined is not None
    person.engine.people.go_offline()
    await person.engine.membership.connect(joined, person.engine.profile.identity)
    await person.engine.membership.online(10)


def presence(by: Resident, whom: Resident) -> str:
    return next(one.presence for one in by.snapshot.people if one.account == whom.account)


@pytest.mark.parametrize("step", ["search", "watch"])
async def test_who_is_there_is_asked_again_where_the_service_failed_after_a_login(
    here: Village, ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(second_try, "AGAIN_SECONDS", 0.0)
    if step == "watch":
        await ada.order(AddContact(ben.account))
        monkeypatch.setattr(watched_people, "FIRST_PAGE", 1)  # as in a large organisation
    with monkeypatch.context() as patch:
        patch.setattr(Directory, step, fails)
        await log_in_anew(ada)
        await until(lambda: f'"{_logged(step)}"' in here.log)
        assert presence(ada, ben) == "offline"
    await until(lambda: presence(ada, ben) == "free")
    await ben.order(SetPresence("away"))
    await until(lambda: presence(ada, ben) == "away")


def _logged(step: str) -> str:
    return {"search": "no directory", "watch": "nobody watched"}[step]
