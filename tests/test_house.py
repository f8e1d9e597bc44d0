"""What holds for the whole tree: the cost of an import, what files may carry, sizes, commands."""

import ast
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import click
import grimp
import pytest

from tui_call.cli import cli

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tui_call"
LARGEST_MODULE, LARGEST_FUNCTION = 400, 40
"""Lines; of a function without those of its docstring."""
# Lists of messages are looked up in, not read through.
VOCABULARIES = {"tui_call/control/actions.py", "tui_call/control/views.py"}

WIRES = {
    "calls/events.py", "control/actions.py", "e2ee/control_messages.py", "payload.py",
    "signaling/administration.py", "signaling/client_messages.py", "signaling/kept.py",
    "signaling/messages.py",
}  # fmt: skip
FAULTS = {"engine/service/faults.py", "service/faults.py"}

# Commands that show how tui-call behaves, and the parts of them.
DEMONSTRATIONS = ("demo", "drill", "drill_audiences")

# On another computer these are wrong, and they tell about the one where they were written.
UNWANTED = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|--(extra-)?index-url|--find[-]links|(?<![\w.])("
    + "|".join(re.escape(f"{place}/") for place in (ROOT, Path.home()))
    + ")"
)


def tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "-z", "--", *patterns]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    paths = [ROOT / name for name in output.split("\0") if name]
    return [path for path in paths if path.exists()]


def imported_by(module: str) -> set[str]:
    """Return the top-level names that importing a module brings into a fresh interpreter."""
    program = f"import json, sys, {module}; print(json.dumps(list(sys.modules)))"
    command = [sys.executable, "-c", program]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return {name.partition(".")[0] for name in json.loads(output)}


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    heavy = {
        "aiohttp", "aiortc", "av", "livekit", "numpy", "sounddevice", "sqlalchemy", "textual"
    }  # fmt: skip
    assert imported_by("tui_call.cli") & heavy == set()


def test_an_engine_starts_without_what_only_calls_and_sound_need() -> None:
    heavy = {"aioice", "aiortc", "av", "livekit", "numpy", "sounddevice", "soxr"}
    assert imported_by("tui_call.engine.main") & heavy == set()


def test_nothing_imports_a_drill_or_a_demonstration() -> None:
    """The command that runs one imports it when it runs; no call knows of them."""
    graph = grimp.build_graph("tui_call", exclude_type_checking_imports=False, cache_dir=None)
    shown = {"tui_call.tui.drill", *(f"tui_call.cli.{name}" for name in DEMONSTRATIONS)}
    shown |= {"tui_call.drill", *graph.find_descendants("tui_call.drill")}
    importers = {
        other for module in shown for other in graph.find_modules_that_directly_import(module)
    }
    assert importers <= shown


def imports_of(path: Path) -> set[str]:
    """Return the modules that a file imports something from."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_what_tests_and_benchmarks_share_knows_neither() -> None:
    """Only the tests of the benchmarks know these, and `tests/support` only itself."""

    def is_foreign(name: str, module: str) -> bool:
        if module.startswith("bench"):
            return not name.startswith(("bench/", "tests/bench/"))
        shares = name.startswith(("bench/", "tests/support/"))
        return shares and module.startswith("tests") and not module.startswith("tests.support")

    imports = [
        (path.relative_to(ROOT).as_posix(), module)
        for path in tracked("bench/*.py", "tests/*.py")
        for module in imports_of(path)
    ]
    assert len(imports) > 1000
    assert [one for one in imports if is_foreign(*one)] == []


def test_the_name_of_a_class_stands_for_one_thing() -> None:
    """What crosses several wires, and what one end tells and the other shows, is one thing."""
    places = defaultdict[str, set[str]](set)
    for path in tracked("tui_call/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].add(path.relative_to(PACKAGE).as_posix())
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert [name for name, found in twice.items() if not found <= WIRES | FAULTS] == []


@pytest.mark.parametrize(
    ("room", "foreign"),
    # calls stands on e2ee, and so on what e2ee stands on
    [
        ("e2ee", {"cryptography"}),
        ("permissions", set()),
        ("calls", {"cryptography"}),
        ("standard_calls", set()),
    ],
)
def test_a_core_reaches_few_libraries(room: str, foreign: set[str]) -> None:
    graph = grimp.build_graph(
        "tui_call",
        include_external_packages=True,
        exclude_type_checking_imports=True,
        cache_dir=None,
    )
    core = f"tui_call.{room}"
    inside = {core, *graph.find_descendants(core)}
    own = {name for name in graph.modules if name.startswith("tui_call")}
    reached = inside | (graph.find_upstream_modules(core, as_package=True) & own)
    outside = {
        name for module in reached for name in graph.find_modules_directly_imported_by(module) - own
    }
    assert {name.partition(".")[0] for name in outside} - sys.stdlib_module_names <= foreign


def test_files_name_no_registry_and_no_place_of_one_computer() -> None:
    found = []
    for path in tracked():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
            for number, line in enumerate(lines, 1)
            if UNWANTED.search(line)
        ]
    assert found == []


def test_lock_files_record_no_addresses() -> None:
    locks = tracked("requirements*.txt")
    assert {lock.name for lock in locks} == {"requirements.txt", "requirements-run.txt"}
    for lock in locks:
        assert "://" not in lock.read_text(encoding="utf-8")


def test_the_program_is_tested_with_the_versions_that_it_is_installed_with() -> None:
    def pins(name: str) -> set[str]:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        pinned = {line.rstrip(" \\").partition(" ;")[0] for line in lines}
        return {pin for pin in pinned if "==" in pin.partition("#")[0]}

    assert len(pins("requirements-run.txt")) > 20
    assert pins("requirements-run.txt") < pins("requirements.txt")


def test_modules_are_of_a_size_that_one_reads() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in tracked("*.py")
    }
    large = {name: length for name, length in lengths.items() if length > LARGEST_MODULE}
    assert set(large) == VOCABULARIES, large


def lines_of(function: ast.AST) -> int:
    """Return how many lines a function has beside those of its docstring."""
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    assert function.end_lineno is not None
    docstring = ast.get_docstring(function, clean=False) or ""
    return function.end_lineno - function.lineno + 1 - len(docstring.splitlines())


def test_functions_are_of_a_size_that_one_reads() -> None:
    large = [
        (str(path.relative_to(ROOT)), node.name, lines_of(node))
        for path in tracked("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and lines_of(node) > LARGEST_FUNCTION
    ]
    assert large == []


def links_in(document: Path) -> set[Path]:
    """Return the files of this tree that a document links to or shows."""
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    return {(document.parent / target).resolve() for target in targets}


def test_every_file_that_a_document_links_to_exists() -> None:
    missing = {
        f"{document.relative_to(ROOT)}: {target}"
        for document in tracked("*.md")
        for target in links_in(document)
        if not target.exists()
    }
    assert missing == set()


def named_tests(document: Path) -> set[tuple[str, str]]:
    """Return the tests that a document names, as file and name."""
    return set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", document.read_text(encoding="utf-8")))


def test_every_test_that_a_document_names_exists() -> None:
    existing = {path.relative_to(ROOT).as_posix(): path for path in tracked("tests/*.py")}
    missing = [
        f"{document.relative_to(ROOT)}: {file}::{name}"
        for document in tracked("*.md")
        for file, name in named_tests(document)
        if file not in existing
        or not re.search(
            rf"^(async )?def {name}\(|^{name} = ", existing[file].read_text("utf-8"), re.MULTILINE
        )
    ]
    assert missing == []


def test_every_threat_names_its_tests() -> None:
    page = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    threats = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    assert len(threats) >= 11
    assert [threat.splitlines()[0] for threat in threats if "`tests/" not in threat] == []


def test_every_path_that_a_document_names_exists() -> None:
    rooms = "|".join(("bench", "config", "docs", "tests", "tools", "tui_call"))
    named = {
        f"{document.relative_to(ROOT)}: {path}"
        for document in tracked("*.md")
        for path in re.findall(rf"`((?:{rooms})/[\w./-]*)`", document.read_text(encoding="utf-8"))
        if not (ROOT / path).exists()
    }
    assert named == set()


def test_every_document_that_the_code_names_exists() -> None:
    named = {
        f"{module.relative_to(ROOT)}: {document}"
        for module in tracked("bench/*.py", "tui_call/*.py")
        for document in re.findall(r"[\w./-]+\.md\b", module.read_text(encoding="utf-8"))
        if not any((place / document).exists() for place in (ROOT, ROOT / "docs"))
    }
    assert named == set()


def commands_in(document: Path, program: str) -> set[str]:
    """Return the words that follow a program's name where the document shows code."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    blocks += re.findall(r"`([^`\n]+)`|^ {4}(.+)$", text, re.MULTILINE)
    lines = "\n".join("".join(block) for block in blocks)
    return set(re.findall(rf"^(?:\$ )?{program} ([a-z]+)\b", lines, re.MULTILINE))


def test_every_make_command_that_a_document_names_exists_and_is_listed() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    declared = next(line for line in makefile.splitlines() if line.startswith(".PHONY:"))
    assert listed == set(declared.split()[1:])
    for path in tracked("*.md"):
        assert commands_in(path, "make") <= listed, path.name


def test_every_tui_call_command_that_a_document_names_exists() -> None:
    known = set(cli.list_commands(click.Context(cli)))
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"):
        assert commands_in(ROOT / name, "tui-call") <= known, name


def test_the_documents_show_how_to_begin() -> None:
    assert {"run", "test"} <= commands_in(ROOT / "README.md", "make")
    assert {"setup", "check", "test", "bench"} <= commands_in(ROOT / "CONTRIBUTING.md", "make")
    assert "doctor" in commands_in(ROOT / "SECURITY.md", "tui-call")
