"""The people that a screen lists."""

from types import SimpleNamespace

from tui_call.engine.directory import KnownPeople
from tui_call.identifiers import AccountId
from tui_call.profile.contacts import Contacts
from tui_call.profile.history import History
from tui_call.signaling.messages import Person, Presence


def test_people_stand_by_name_whatever_capitals_and_accents_they_write() -> None:
    here = SimpleNamespace(
        address=AccountId("ada@home"),
        identity_key=bytes(32),
        contacts=Contacts(),
        history=History(),
        is_own=lambda _: False,
    )
    people = KnownPeople(here)  # pyright: ignore[reportArgumentType]
    names = ("alan", "Zoe", "Émile", "bob", "Dan", "eve")
    presence: tuple[Presence, ...] = ("free", "free", "free", "free", "free", "offline")
    people.learn(
        Person(f"p{number}@home", name, there)
        for number, (name, there) in enumerate(zip(names, presence, strict=True))
    )
    views = people.views()
    assert [view.name for view in views] == ["alan", "bob", "Dan", "Émile", "Zoe", "eve"]
