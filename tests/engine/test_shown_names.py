"""Who is called like somebody else is shown with the address; nobody poses as another."""

import pytest

from tests.support.one_process import Resident, Village, until
from tui_call.control.actions import Call, ChangeName
from tui_call.control.server import ActionRefused
from tui_call.engine.shown_names import ShownNames


def shown(names: dict[str, str]) -> list[str]:
    found = ShownNames({f"{user}@home": name for user, name in names.items()})
    return [found.of(f"{user}@home") for user in names]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"ada": "Ada", "ben": "Ben"}, ["Ada", "Ben"]),
        ({"ada": "Ada", "ada-2": "Ada"}, ["ada (Ada)", "ada-2 (Ada)"]),
        ({"ada": "Ada", "eve": "\u0410da"}, ["ada (Ada)", "eve (\u0410da)"]),
        ({"grace": "Admiral", "eve": "Grace"}, ["Admiral", "eve (Grace)"]),
        ({"ben": "Ben", "eve": "ben (Ada)"}, ["Ben", "eve (ben (Ada))"]),
        ({"ben": "Benjamin", "eve": "ben@home"}, ["Benjamin", "eve (ben@home)"]),
        ({"echo": "Echo (test)", "ada": "Ada"}, ["Echo (test)", "Ada"]),
        ({"ada": "", "ben": ""}, ["ada@home", "ben@home"]),
    ],
)
def test_names_that_could_be_mixed_up_stand_behind_the_address(
    names: dict[str, str], expected: list[str]
) -> None:
    assert shown(names) == expected


@pytest.mark.parametrize(
    ("user", "name", "expected"),
    [
        ("eve", "Ben", "eve (Ben)"),
        ("eve", "Unheard of", "eve (Unheard of)"),
        ("eve", "Eve", "Eve"),
        ("robert", "Robert", "robert (Robert)"),
    ],
)
def test_a_stranger_stands_behind_the_address_unless_called_like_it_alone(
    user: str, name: str, expected: str
) -> None:
    known = ShownNames({"ben@home": "Ben", "bob@home": "Robert"})
    assert known.of_stranger(f"{user}@home", name) == expected


def test_who_is_not_known_is_an_address() -> None:
    assert ShownNames({"ada@home": "Ada"}).of("eve@home") == "eve@home"


async def test_two_of_one_name_are_told_apart_wherever_they_are_shown(
    here: Village, ada: Resident, ben: Resident
) -> None:
    eve = await here.resident("eve")
    await eve.order(ChangeName("B\u0435n"))

    def names() -> set[str]:
        return {person.name for person in ada.snapshot.people}

    await until(lambda: names() >= {"ben (Ben)", "eve (B\u0435n)"})
    with pytest.raises(ActionRefused, match="Several people are called so"):
        await ada.order(Call("Ben "))
    await eve.order(Call(ada.account))
    await until(lambda: ada.phase == "ringing")
    assert ada.call.member.name == "eve (B\u0435n)"
    await eve.order(ChangeName("Eve"))
    await until(lambda: names() >= {"Ben", "Eve"})
