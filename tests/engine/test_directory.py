"""The people that a screen lists."""

import gc
from types import SimpleNamespace

import pytest

from tui_call.control.views import PersonView
from tui_call.engine import directory
from tui_call.engine.directory import KnownPeople
from tui_call.identifiers import AccountId
from tui_call.profile.contacts import Contacts
from tui_call.profile.history import History
from tui_call.signaling.messages import Person
from tui_call.signaling.vocabulary import Presence


def known_people(shown: list[str], contacts: Contacts | None = None) -> KnownPeople:
    """Return the people of somebody new; `shown` gets whom and what a screen is told of."""
    account = SimpleNamespace(
        address=AccountId("ada@home"),
        identity_key=bytes(32),
        contacts=contacts or Contacts(),
        history=History(),
        is_own=lambda _: False,
    )

    def show_people(*accounts: str) -> None:
        shown.extend(sorted(accounts))

    changes = SimpleNamespace(show=shown.append, show_people=show_people)
    return KnownPeople(account, changes)  # pyright: ignore[reportArgumentType]


def named(number: int, name: str = "") -> Person:
    return Person(f"p{number}@home", name or f"Person {number}", "free")


def test_people_stand_by_name_whatever_capitals_and_accents_they_write() -> None:
    people = known_people([])
    names = ("alan", "Zoe", "Émile", "bob", "Dan", "eve")
    presence: tuple[Presence, ...] = ("free", "free", "free", "free", "free", "offline")
    people.learn(
        Person(f"p{number}@home", name, there)
        for number, (name, there) in enumerate(zip(names, presence, strict=True))
    )
    views = people.views()
    assert [view.name for view in views] == ["alan", "bob", "Dan", "Émile", "Zoe", "eve"]


def test_a_presence_concerns_one_and_a_name_those_who_are_called_alike() -> None:
    shown: list[str] = []
    people = known_people(shown)
    people.learn(named(number) for number in range(3))
    before = people.views()
    shown.clear()
    people.learn([Person("p1@home", "Person 1", "away")])
    assert shown == ["p1@home"]
    assert [view.presence for view in people.views()] == ["free", "away", "free"]
    assert people.views()[0] is before[0], "nobody else is made anew"
    shown.clear()
    people.learn([Person("p1@home", "Person 2", "away")])
    assert set(shown) == {"p1@home", "p2@home"}
    assert {view.name for view in people.views()} == {"Person 0", "p1 (Person 2)", "p2 (Person 2)"}
    shown.clear()
    people.learn([named(1)])
    assert set(shown) == {"p1@home", "p2@home"}
    assert {view.name for view in people.views()} == {"Person 0", "Person 1", "Person 2"}
    shown.clear()
    people.go_offline()
    people.go_offline()
    assert sorted(shown) == ["p0@home", "p1@home", "p2@home"]


def test_who_is_missing_where_everybody_is_named_was_removed() -> None:
    shown: list[str] = []
    people = known_people(shown)
    three = [named(0, "Person 2"), named(1), named(2)]
    people.learn(three)
    people.views()
    shown.clear()
    people.keep_only(three)
    assert shown == []
    people.keep_only(three[1:])
    assert set(shown) == {"p0@home", "p2@home"}
    assert [view.name for view in people.views()] == ["Person 1", "Person 2"]


@pytest.mark.parametrize("among_contacts", [False, True])
def test_of_who_is_new_or_renamed_only_namesakes_are_made_anew(
    among_contacts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    contacts = Contacts()
    people = known_people(shown, contacts)
    people.learn(map(named, range(50)))
    before = {view.account: view for view in people.views()}
    shown.clear()
    if among_contacts:
        contacts.add(AccountId("p1@home"), "Person 2")
        monkeypatch.setattr(people, "_accounts", None)  # nothing goes through all of them
        people.view(AccountId("p1@home"))
    else:
        monkeypatch.setattr(people, "_accounts", None)
        people.learn([named(1, "Person 2"), named(70, "Person 3")])
    monkeypatch.undo()
    namesakes = {"p1@home", "p2@home"} if among_contacts else {
        "p1@home", "p2@home", "p70@home", "p3@home"
    }  # fmt: skip
    assert set(shown) == namesakes
    after = {view.account: view for view in people.views()}
    assert {one for one in after if after[one] is not before.get(one)} == namesakes


def test_who_is_forgotten_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "MOST_PEOPLE", 20)
    people = known_people([])
    some = [Person(f"p{number}@crowd", f"Person {number}", "free") for number in range(100)]
    for person in some:
        people.learn([person])
        people.view(AccountId(person.account))
    people.view(AccountId("stranger@crowd"))
    assert len(people.views()) == views_kept("@crowd") == 20
    people.keep_only(some[-1:])
    assert views_kept("@crowd") == 1
    people.forget()
    assert views_kept("@crowd") == 0


def views_kept(domain: str) -> int:
    """Return how many views of such accounts there still are, whoever holds them."""
    views = (one for one in gc.get_objects() if isinstance(one, PersonView))
    return sum(view.account.endswith(domain) for view in views)
