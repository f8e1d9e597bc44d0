"""The people that a screen lists."""

from types import SimpleNamespace

from tui_call.engine.directory import KnownPeople
from tui_call.identifiers import AccountId
from tui_call.profile.contacts import Contacts
from tui_call.profile.history import History
from tui_call.signaling.messages import Person
from tui_call.signaling.vocabulary import Presence


def known_people(shown: list[str]) -> KnownPeople:
    """Return the people of somebody new; `shown` gets whom and what a screen is told of."""
    account = SimpleNamespace(
        address=AccountId("ada@home"),
        identity_key=bytes(32),
        contacts=Contacts(),
        history=History(),
        is_own=lambda _: False,
    )
    changes = SimpleNamespace(show=shown.append, show_people=shown.append)
    return KnownPeople(account, changes)  # pyright: ignore[reportArgumentType]


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


def test_a_presence_concerns_one_and_a_name_everybody() -> None:
    shown: list[str] = []
    people = known_people(shown)
    people.learn(Person(f"p{number}@home", f"Person {number}", "free") for number in range(3))
    before = people.views()
    shown.clear()
    people.learn([Person("p1@home", "Person 1", "away")])
    assert shown == ["p1@home"]
    assert [view.presence for view in people.views()] == ["free", "away", "free"]
    assert people.views()[0] is before[0], "nobody else is made anew"
    shown.clear()
    people.learn([Person("p1@home", "Person 2", "away")])
    assert shown == ["people"]
    assert {view.name for view in people.views()} == {"Person 0", "p1 (Person 2)", "p2 (Person 2)"}
    shown.clear()
    people.go_offline()
    people.go_offline()
    assert sorted(shown) == ["p0@home", "p1@home", "p2@home"]


def test_who_is_missing_where_everybody_is_named_was_removed() -> None:
    shown: list[str] = []
    people = known_people(shown)
    three = [Person(f"p{number}@home", f"Person {number}", "free") for number in range(3)]
    people.learn(three)
    shown.clear()
    people.keep_only(three)
    assert shown == []
    people.keep_only(three[1:])
    assert shown == ["people"]
    assert [view.account for view in people.views()] == ["p1@home", "p2@home"]
