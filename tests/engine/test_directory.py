"""The people that a screen lists."""

from tui_call.engine.directory import People
from tui_call.identifiers import AccountId
from tui_call.profile.contacts import Contacts
from tui_call.profile.history import History
from tui_call.signaling.messages import Person, Presence


def test_people_stand_by_name_whatever_capitals_and_accents_they_write() -> None:
    people = People()
    names = ("alan", "Zoe", "Émile", "bob", "Dan", "eve")
    presence: tuple[Presence, ...] = ("free", "free", "free", "free", "free", "offline")
    people.learn(
        Person(f"p{number}@home", name, there)
        for number, (name, there) in enumerate(zip(names, presence, strict=True))
    )
    views = people.views(Contacts(), History(), AccountId("ada@home"), bytes(32))
    assert [view.name for view in views] == ["alan", "bob", "Dan", "Émile", "Zoe", "eve"]
