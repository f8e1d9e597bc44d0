"""Who is called like somebody else is shown with the address; nobody poses as another."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.one_process import Resident, Village, until
from tui_call.control.actions import AddContact, Call, ChangeName
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


ACCOUNTS = ["ada@home", "ben@home", "ada@work", "a@home"]
NAMES = ["", "Ada", "ada", "Ben", "Ben (Ada)", "Ada (1)", "\u0410da", "A", "ben@home", None]


@given(st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(NAMES))))
def test_who_is_called_otherwise_is_told_with_all_whose_shown_name_that_changes(
    puts: list[tuple[str, str | None]],
) -> None:
    names: dict[str, str] = {}
    kept = ShownNames({})
    before = {one: kept.of(one) for one in ACCOUNTS}
    for account, name in puts:
        others = kept.put(account, name)
        names.pop(account, None)
        if name is not None:
            names[account] = name
        anew = ShownNames(names)
        after = {one: anew.of(one) for one in ACCOUNTS}
        assert {one: kept.of(one) for one in ACCOUNTS} == after
        assert others >= {one for one in ACCOUNTS if before[one] != after[one]}
        # Whoever is not known has no shown name that could be kept.
        assert all(
            before[one] != after[one] or one not in names or one == account for one in others
        )
        before = after


def test_names_that_come_and_go_leave_nothing_behind() -> None:
    names = ShownNames({"ben@home": "Ben"})
    size = len(pickle.dumps(names))
    for number in range(100):
        names.put("ben@home", f"Ben {number}")
        names.put(f"p{number}@home", f"Ben {number} (x)")
        names.put(f"p{number}@home", None)
    names.put("ben@home", "Ben")
    assert len(pickle.dumps(names)) <= size + len("Ben") * 8


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


async def test_who_is_called_like_a_new_contact_is_told_apart_at_once(
    ada: Resident, ben: Resident
) -> None:
    await until(lambda: ada.lists(ben) and ada.untold == [])
    await ada.order(AddContact("robert@elsewhere", "Ben"))
    assert ada.untold == []
    names = {person.name for person in ada.snapshot.people}
    assert names >= {"ben (Ben)", "robert (Ben)"}
