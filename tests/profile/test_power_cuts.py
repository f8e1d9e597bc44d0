"""The power goes at any moment of any write: afterwards there is the old state or the new one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.profile.profiles import BOB, MEMBERSHIP, contents, filled, opened
from tests.profile.test_identity import linked_device
from tui_call.profile.history import PastCall, PastMember
from tui_call.profile.identity import Identity
from tui_call.profile.profile import Profile
from tui_call.profile.store import Disk

MOST_OPERATIONS = 200


class PowerCut(BaseException):
    """There is no more of this process."""


@dataclass
class FailingDisk(Disk):
    """Cuts the power at one operation, before it or in its middle.

    What was written and never flushed is then gone or half there, whatever its name is by now.
    """

    cut_at: int
    half: bool = False
    done: int = 0
    order: list[str] = field(default_factory=list)

    def _operation(self, name: str) -> bool:
        """Count an operation; True where the power goes in its middle."""
        self.order.append(name)
        self.done += 1
        if self.done < self.cut_at:
            return False
        if self.half and self.done == self.cut_at:
            return True
        raise PowerCut

    def remove(self, path: Path) -> None:
        if self._operation("remove"):
            raise PowerCut
        super().remove(path)

    def write_new(self, path: Path, content: bytes) -> None:
        if self._operation("write"):
            path.write_bytes(content[: len(content) // 2])
            raise PowerCut
        super().write_new(path, content)

    def replace(self, path: Path, by: Path) -> None:
        middle = self._operation("replace")
        super().replace(path, by)
        if middle:  # renamed, and the directory not flushed: either may be found
            raise PowerCut

    def rename(self, path: Path, to: Path) -> None:
        middle = self._operation("rename")
        super().rename(path, to)
        if middle:
            raise PowerCut

    def flush_directory(self, directory: Path) -> None:
        if self._operation("flush"):
            raise PowerCut
        super().flush_directory(directory)


def missed_call(at: float) -> PastCall:
    return PastCall(at, "missed", 0, "R_CANCELLED", (PastMember(BOB, "Bob"),))


def state_of(directory: Path) -> tuple[object, ...] | None:
    """Return what a profile holds when it is opened, None where it is new."""
    profile = opened(directory)
    try:
        if profile.state == "new":
            return None
        return (
            profile.identity.stored,
            profile.contacts.all,
            profile.history.calls,
            profile.membership,
        )
    finally:
        profile.close()


def at_every_moment(
    directory: Path, begin: Callable[[Path], None], change: Callable[[Profile], None]
) -> list[tuple[tuple[object, ...] | None, list[str]]]:
    """Cut the power at each operation of a change; return what was found each time."""
    found = []
    for cut_at in range(1, MOST_OPERATIONS):
        for half in (False, True):
            here = directory / f"{cut_at}-{half}"
            begin(here)
            disk = FailingDisk(cut_at, half)
            profile = opened(here, disk=disk)
            try:
                change(profile)
            except PowerCut:
                pass
            else:
                assert found, "the power was never cut"
                return found
            finally:
                profile.close()
            found.append((state_of(here), disk.order))
    raise AssertionError("there was no end")


def test_making_a_profile(tmp_path: Path) -> None:
    def change(profile: Profile) -> None:
        profile.establish(profile.prepare("plain"), IDENTITY, MEMBERSHIP)

    found = at_every_moment(tmp_path, lambda _: None, change)
    new = (IDENTITY.stored, (), (), MEMBERSHIP)
    assert {state for state, _ in found} == {None, new}
    # As soon as the key file stands, there is all that belongs to it.
    assert found[0][0] is None
    assert found[-1][0] == new


IDENTITY = Identity.create(lambda length: b"\x21" * length)


def test_making_a_profile_beside_the_leftovers_of_another_loses_neither(tmp_path: Path) -> None:
    def begin(directory: Path) -> None:
        filled(directory)
        (directory / "key").unlink()

    def change(profile: Profile) -> None:
        profile.establish(profile.prepare("plain"), IDENTITY)

    leftovers = tmp_path / "leftovers"
    begin(leftovers)
    kept = set(contents(leftovers))
    for number, (state, _) in enumerate(at_every_moment(tmp_path, begin, change)):
        assert state is None or state[0] == IDENTITY.stored
        here = tmp_path / f"{number // 2 + 1}-{bool(number % 2)}"
        for name in kept:
            assert any(found.startswith(name) for found in contents(here)), (name, number)


def test_removing_a_device_takes_it_off_the_list_and_raises_the_epoch_or_does_neither(
    tmp_path: Path,
) -> None:
    identity = IDENTITY.with_linked(linked_device())
    left = identity.without(linked_device().device_id)

    def begin(directory: Path) -> None:
        profile = opened(directory)
        profile.establish(profile.prepare("plain"), identity, MEMBERSHIP)
        profile.close()

    def change(profile: Profile) -> None:
        profile.identity = left
        profile.save()

    found = [state for state, _ in at_every_moment(tmp_path, begin, change)]
    assert all(found)
    assert {state[0] for state in found if state} == {identity.stored, left.stored}


@pytest.mark.parametrize("change_of", ["contacts", "history", "membership"])
def test_changing_a_file(tmp_path: Path, change_of: str) -> None:
    def change(profile: Profile) -> None:
        match change_of:
            case "contacts":
                profile.contacts.block(BOB)
            case "history":
                profile.history.add(missed_call(1.9e9))
            case _:
                profile.membership = MEMBERSHIP.__class__(
                    "192.0.2.8", 1, bytes(32), "work", BOB, "Bob"
                )
        profile.save()

    def begin(directory: Path) -> None:
        filled(directory)
        (directory / "identity").write_bytes((source / "identity").read_bytes())
        for name in ("key", "contacts", "history", "membership"):
            (directory / name).write_bytes((source / name).read_bytes())

    source = tmp_path / "source"
    filled(source)
    old = state_of(source)
    found = [state for state, _ in at_every_moment(tmp_path, begin, change)]
    assert old in found
    assert len({repr(state) for state in found}) == 2
    assert all(state is not None for state in found)


def test_changing_several_files_leaves_each_of_them_old_or_new(tmp_path: Path) -> None:
    def change(profile: Profile) -> None:
        profile.contacts.block(BOB)
        profile.history.add(missed_call(1.9e9))
        profile.save()

    for state, _ in at_every_moment(tmp_path, filled, change):
        assert state is not None
        _, contacts, calls, membership = state
        (bob,) = contacts  # type: ignore[misc]
        assert bob.identity_key == b"b" * 32
        assert len(calls) in (1, 2)  # type: ignore[arg-type]
        assert membership == MEMBERSHIP


def test_after_a_cut_the_next_write_works(tmp_path: Path) -> None:
    filled(tmp_path / "profile")
    for cut_at in range(1, 5):
        profile = opened(tmp_path / "profile", disk=FailingDisk(cut_at, half=True))
        profile.history.add(missed_call(1.9e9 + cut_at))
        with pytest.raises(PowerCut):
            profile.save()
        profile.close()
    profile = opened(tmp_path / "profile")
    profile.contacts.add(BOB, "Robert")
    profile.save()
    profile.close()
    state = state_of(tmp_path / "profile")
    assert state is not None
    assert "Robert" in repr(state[1])
