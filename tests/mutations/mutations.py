"""The defences, taken out one at a time: what each patch here removes, and the tests that notice.

A patch is a unified diff with a head of its own:

    Defence: what it takes away, in a few words
    Test: tests/….py::name        (one line or more)

`make mutations` copies the tree, applies one patch at a time to the copy, and runs the tests that
it names: each has to fail there, and to pass without it. `make mutations ONLY="NAME…"` does so for
some patches.
"""

import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from shutil import copyfile

ROOT = Path(__file__).parent.parent.parent
PATCHES = Path(__file__).parent / "patches"
SECONDS = 600
TREES = 4
"""Tried side by side: a test whose defence is gone mostly waits for what does not come."""


@dataclass(frozen=True)
class Mutation:
    """One defence taken out.

    Attributes:
        patch: the file.
        defence: what is gone, in a few words.
        tests: those that have to fail, as `tests/….py::name`.
    """

    patch: Path
    defence: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.patch.stem


def mutations() -> list[Mutation]:
    """Return all, by name."""
    return [_read(patch) for patch in sorted(PATCHES.glob("*.patch"))]


def _read(patch: Path) -> Mutation:
    head, _, _ = patch.read_text(encoding="utf-8").partition("\ndiff --git ")
    fields = re.findall(r"^(Defence|Test): (.+)$", head, re.MULTILINE)
    [defence] = [value for name, value in fields if name == "Defence"]
    return Mutation(patch, defence, tuple(value for name, value in fields if name == "Test"))


def applies(mutation: Mutation, tree: Path = ROOT) -> bool:
    """Tell whether the patch fits a tree."""
    return _git_apply(tree, "--check", str(mutation.patch))


def _git_apply(tree: Path, *arguments: str) -> bool:
    # The ceiling keeps git from taking the copy for a part of a repository above it.
    command = ["git", "apply", *arguments]
    environment = {"GIT_CEILING_DIRECTORIES": str(tree.parent), "PATH": _path()}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, check=False)
    return done.returncode == 0


def _path() -> str:
    return str(Path(sys.executable).parent) + ":/usr/local/bin:/usr/bin:/bin"


def copy_tree(target: Path) -> None:
    """Copy what is under version control, as it is now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in names.split("\0"):
        source = ROOT / name
        if name and source.is_file() and not source.is_symlink():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            copyfile(source, target / name)


def failing(tree: Path, tests: Iterable[str]) -> set[str]:
    """Run tests in a tree and return those that failed, a case of them being enough.

    Raises:
        RuntimeError: they could not be run.
    """
    tests = sorted(set(tests))
    report = tree / "report.xml"
    command = [
        sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider",
        f"--junitxml={report}", *tests,
    ]  # fmt: skip
    environment = {"PYTHONPATH": str(tree), "PATH": _path(), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, check=False, text=True,
        timeout=SECONDS,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout + done.stderr)
    cases = list(ElementTree.parse(report).iter("testcase"))
    failed = {_test_of(case) for case in cases if case.find("failure") is not None}
    # What fails may leave something open, which its teardown then complains of.
    broken = {_test_of(case) for case in cases if case.find("error") is not None} - failed
    missing = set(tests) - {_test_of(case) for case in cases}
    if broken or missing:
        raise RuntimeError(f"not run: {sorted(broken | missing)}\n{done.stdout}")
    return failed


def _test_of(case: ElementTree.Element) -> str:
    file = case.get("classname", "").replace(".", "/")
    return f"{_module_of(file)}::{_name_of(file, case.get('name', ''))}"


def _module_of(path: str) -> str:
    """Return the file of a test, whose path may go on with classes."""
    parts = path.split("/")
    ends = next(i for i, part in enumerate(parts) if part.startswith("test_"))
    return "/".join(parts[: ends + 1]) + ".py"


def _name_of(path: str, case: str) -> str:
    classes = path.split("/")[len(Path(_module_of(path)).parts) :]
    return "::".join([*classes, case.partition("[")[0]])


def try_out(mutation: Mutation, tree: Path) -> set[str]:
    """Return which of a mutation's tests do not notice it in a tree, which is left as it was."""
    if not _git_apply(tree, str(mutation.patch)):
        raise RuntimeError(f"{mutation.patch.name} does not apply")
    try:
        return set(mutation.tests) - failing(tree, mutation.tests)
    finally:
        if not _git_apply(tree, "--reverse", str(mutation.patch)):
            raise RuntimeError(f"{mutation.patch.name} does not come off")


def main(names: Sequence[str]) -> int:
    """Try the mutations of these names, else all; return 1 if one survives, 2 for a wrong name."""
    chosen = [m for m in mutations() if not names or m.name in names]
    if unknown := set(names) - {m.name for m in chosen}:
        print("There is no patch of this name:", *sorted(unknown), sep="\n  ")
        return 2
    with tempfile.TemporaryDirectory() as directory:
        trees = _copies(Path(directory))
        tests = {test for mutation in chosen for test in mutation.tests}
        failed = failing(Path(directory) / "0", tests)
        if failed:
            print("These fail without any change:", *sorted(failed), sep="\n  ")
            return 1
        print(f"{len(tests)} tests pass without a change. With one defence taken out:\n")
        with ThreadPoolExecutor(TREES) as side_by_side:
            noticed = sum(side_by_side.map(partial(_noticed, trees=trees), chosen))
    print(f"\n{noticed} of {len(chosen)} changes are noticed.")
    return 0 if noticed == len(chosen) else 1


def _copies(directory: Path) -> "SimpleQueue[Path]":
    trees: SimpleQueue[Path] = SimpleQueue()
    for name in range(TREES):
        copy_tree(directory / str(name))
        trees.put(directory / str(name))
    return trees


def _noticed(mutation: Mutation, trees: "SimpleQueue[Path]") -> bool:
    started, tree = time.monotonic(), trees.get()
    try:
        passing, words = try_out(mutation, tree), ""
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        passing, words = set(mutation.tests), f"\n{error}"
    finally:
        trees.put(tree)
    verdict = "SURVIVES" if passing else "noticed"
    took = f"({time.monotonic() - started:.1f} s)"
    lines = [f"  {verdict:9}{mutation.name:26}{mutation.defence}  {took}{words}"]
    lines += [f"           passes: {test}" for test in sorted(passing)]
    print("\n".join(lines), flush=True)
    return not passing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
