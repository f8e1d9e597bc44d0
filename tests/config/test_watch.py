"""Noticing changes by looking."""

from pathlib import Path

import pytest

from tui_call.config.watch import ConfigWatcher


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "client.toml"
    path.write_text("a = 1\n")
    return path


def test_a_change_is_told_once(file: Path):
    watcher = ConfigWatcher([file])
    assert not watcher.poll()
    file.write_text("a = 10\n")
    assert watcher.poll()
    assert not watcher.poll()


def test_a_file_that_appears_is_noticed(tmp_path: Path):
    watcher = ConfigWatcher([tmp_path / "client.toml"])
    assert not watcher.poll()
    (tmp_path / "client.toml").write_text("a = 1\n")
    assert watcher.poll()


def test_a_file_replaced_by_another_of_equal_size_is_noticed(file: Path):
    watcher = ConfigWatcher([file])
    other = file.with_name("other")
    other.write_text("a = 2\n")
    other.replace(file)
    assert watcher.poll()


@pytest.mark.parametrize("emptied", [True, False])
def test_a_file_gone_or_emptied_is_believed_at_the_second_look(file: Path, emptied: bool):
    watcher = ConfigWatcher([file, file.with_name("never there")])
    if emptied:
        file.write_text("")
    else:
        file.unlink()
    assert not watcher.poll()
    assert watcher.poll()
    assert not watcher.poll()
    file.write_text("a = 3\n")
    assert watcher.poll()


def test_a_file_rewritten_in_two_steps_is_told_once_it_has_content(file: Path):
    watcher = ConfigWatcher([file])
    file.write_text("")
    assert not watcher.poll()
    file.write_text("a = 4\n")
    assert watcher.poll()


def test_a_file_that_comes_back_unchanged_is_no_change(file: Path):
    watcher = ConfigWatcher([file])
    aside = file.with_name("aside")
    for _ in range(2):
        file.rename(aside)
        assert not watcher.poll()
        aside.rename(file)
        assert not watcher.poll()
