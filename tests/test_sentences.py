"""The sentences fit a narrow terminal whatever is filled in, and no reason is without one."""

import ast
import importlib
import os
import pkgutil
import re
import string
import subprocess
import sys
from pathlib import Path

import click
import pytest
from rich.cells import cell_len

import tui_call
from tui_call import sentences
from tui_call.cli import cli
from tui_call.config import key_bindings as keymap
from tui_call.errors import TuiCallError
from tui_call.reasons import EndReason
from tui_call.sentences import Sentence, codes, sentence

PACKAGE = Path(tui_call.__path__[0])
CODE = re.compile(r"[A-Z]{1,3}_[A-Z0-9_]+")
# Names come from people; everything else is as wide here as it can become.
BOUNDED = {
    "n": 120,
    "rank": 12,
    "ver": "10.20.30",
    "date": "2026-12-31",
    "time": "23:59",
    "rows": 24,
    "dur": "12:59:59",
    "kind": "not E2EE",
    "muted": "not muted",
}


def rows() -> list[Sentence]:
    return [row for code in codes() for row in sentences._table()[code]]


def fields_of(row: Sentence) -> dict[str, str]:
    """Return the fields of a row, each with how it is filled in."""
    parsed = [part for text in (row.label, row.text) for part in string.Formatter().parse(text)]
    return {name: form or "" for _, name, form, _ in parsed if name}


def without_fields(row: Sentence) -> str:
    return "".join(literal for literal, *_ in string.Formatter().parse(row.text))


def all_faults() -> set[type[TuiCallError]]:
    """Return every class of fault in the package."""
    for module in pkgutil.walk_packages(tui_call.__path__, "tui_call."):
        if not module.name.endswith(("__main__", ".env")) and ".versions." not in module.name:
            importlib.import_module(module.name)
    found, new = {TuiCallError}, {TuiCallError}
    while new := {one for fault in new for one in fault.__subclasses__()}:
        found |= new
    return {fault for fault in found if fault.__module__.startswith("tui_call.")}


def run(code: str, *flags: str) -> list[str]:
    """Return the lines that an interpreter of its own prints."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, *flags, "-c", code],
        capture_output=True, check=True, encoding="utf-8", env=environment, timeout=60,
    )  # fmt: skip
    return done.stdout.splitlines()


def sentences_and_faults(*flags: str) -> list[str]:
    """Return all sentences, and the code of every fault, as an interpreter of its own has them."""
    code = (
        "from tests.test_sentences import all_faults, field_names, rows\n"
        "from tui_call.sentences import sentence\n"
        "fields = dict.fromkeys(field_names(), 7)\n"
        "for row in rows(): print(sentence(row.code, row.label, **fields))\n"
        "for one in sorted(all_faults(), key=str): print(one, one.sentence_code)\n"
    )
    return run(code, *flags)


def all_commands() -> list[tuple[tuple[str, ...], click.Command]]:
    """Return every command of the command line, behind the words that one types."""
    found: list[tuple[tuple[str, ...], click.Command]] = [((), cli)]
    for words, command in found:  # it grows
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below is not None
                found.append(((*words, name), below))
    return found


def command_lines(*flags: str) -> list[str]:
    """Return the help of every command, and what two say that are refused."""
    code = (
        "import sys\n"
        "from tests.test_sentences import all_commands\n"
        "from tui_call.cli import cli\n"
        "from tui_call.cli.outcome import end_with\n"
        "sys.stderr = sys.stdout\n"
        "said = [[*words, '--help'] for words, _ in all_commands()]\n"
        "for words in [*said, ['status'], ['join', 'no-link'], ['block']]:\n"
        "    print(words, end_with(lambda: cli(words, prog_name='tui-call')))\n"
    )
    return run(code, *flags)


def field_names() -> set[str]:
    return {name for row in rows() for name in fields_of(row)}


def whole_fields() -> set[str]:
    """Return the fields that are never clipped to a line, as files and what a library says."""
    return {name for row in rows() for name, form in fields_of(row).items() if form == "whole"}


@pytest.mark.parametrize("letter", ["M", "漢", "😀"])
def test_every_row_fits_with_the_widest_names(letter: str) -> None:
    fields = {name: BOUNDED.get(name, letter * 500) for name in field_names()}
    fields |= dict.fromkeys(whole_fields(), "/a/path/")
    wide = {}
    for row in rows():
        filled = sentence(row.code, row.label, **fields)
        for text in (filled.label, filled.text, *(one.label for one in filled.remedies)):
            if cell_len(text) > sentences.LINE_CELLS:
                wide[row.code] = text
    assert wide == {}


def test_each_side_has_one_row_of_a_code_but_for_paragraphs() -> None:
    for code in codes():
        labels = [row.label for row in sentences._table()[code]]
        assert len(set(labels)) in (1, len(labels)), code


def test_a_long_name_in_a_short_sentence_keeps_sixteen_cells() -> None:
    assert sentence(EndReason.DECLINED, peer="a" * 40).text == "a" * 15 + "… declined."
    assert sentence(EndReason.DECLINED, peer="漢" * 40).text == "漢" * 7 + "… declined."


def test_a_short_name_stays_whole_in_a_long_sentence() -> None:
    row = sentence(EndReason.KEY_CHANGED, "callee", peer="Ada Lovelace")
    assert row.text.startswith("Held back: a call from Ada Lovelace came")


def test_a_name_cannot_steer_the_terminal() -> None:
    row = sentence(EndReason.DECLINED, peer="\x1b[31mMal\u202elory\n")
    assert row.text == "[31mMallory declined."


@pytest.mark.parametrize("reason", list(EndReason))
def test_every_end_of_a_call_has_its_sentence(reason: EndReason) -> None:
    assert sentence(reason, **dict.fromkeys(field_names(), "Ada")).text.endswith((".", "?"))


def test_a_sentence_for_one_side_is_not_told_to_the_other() -> None:
    caller = sentence(EndReason.E2EE_OFF, "caller", who="Ada")
    callee = sentence(EndReason.E2EE_OFF, "callee", who="Ada", peer="Bo")
    assert caller.text.startswith("No call:")
    assert callee.text.startswith("Bo could not call:")
    with pytest.raises(KeyError, match="R_NO_STANDARD"):
        sentence(EndReason.E2EE_OFF, "own")


def test_what_the_code_counts_is_no_number_of_a_sentence() -> None:
    """A number in words goes stale when the code is changed; names and quantities are none."""
    names = re.compile(
        r"E2EE|X25519|ML-KEM-768|int16|UTF-8|16-?bit|1 to |a-z, 0-9|f5|SHA-?256|portaudio2|rtprio 5"
    )
    numbers = {row.text for row in rows() if re.search(r"\d", names.sub("", without_fields(row)))}
    assert numbers == set()


def test_no_code_is_without_use_and_none_is_used_without_a_sentence() -> None:
    known, named = set(codes()), set[str]()
    begins = {code.partition("_")[0] for code in known}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and CODE.fullmatch(str(node.value)):
                named.add(str(node.value))
    named = {code for code in named if code.partition("_")[0] in begins}
    faults = {fault.sentence_code for fault in all_faults()}
    assert known - named - faults == set()
    assert (named | faults) - known == set()


TABLES = {
    "config/sections.py": "the table of settings, whose help stands beside each",
    "config/schema.py": "the help of a key, as of the other settings",
    "control/verbs.py": "the table of verbs",
    "calls/states.py": "the table of states, for the page of the documentation made of it",
    "standard_calls/stages.py": "the tables of stages, for the page made of them",
    "standard_calls/draw.py": "what stands around those tables on the page",
}
"""Files whose sentences stand in a table of their own, and which."""


def sentences_of(code: str) -> list[str]:
    """Return what reads as a sentence in a module; help of an option stands beside its option."""
    tree = ast.parse(code)
    passed: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            passed.add(node.value)
        elif isinstance(node, ast.keyword) and node.arg == "help":
            passed.update(ast.walk(node.value))
        elif isinstance(node, ast.JoinedStr):
            passed.update(node.values)
    found = (literal(node).strip() for node in ast.walk(tree) if node not in passed)
    return [text for text in found if SENTENCE.fullmatch(text)]


def literal(node: ast.AST) -> str:
    """Return the text of a literal, a name for each value of one that is formatted."""
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(part) or "Ada" for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else ""


SENTENCE = re.compile(r"[^a-z]*[A-Z](?=.*[a-z]{2} ).* .*[.?!…]", re.DOTALL)


def test_no_sentence_stands_in_the_code() -> None:
    found = {
        file.relative_to(PACKAGE).as_posix(): sentences_of(file.read_text(encoding="utf-8"))
        for file in PACKAGE.rglob("*.py")
    }
    assert {file for file, said in found.items() if said} == set(TABLES)


def test_what_reads_as_a_sentence_is_found() -> None:
    code = (
        '"""It is a docstring."""\n'
        'say("Nobody is here.", f"{name} is here?", " It goes on…", "no word.", "A word")\n'
        'option("--all", help="Say all of it.")\n'
    )
    assert sentences_of(code) == ["Nobody is here.", "Ada is here?", "It goes on…"]


def test_a_remedy_is_a_key_of_the_table_or_a_command() -> None:
    actions = {one.action for row in rows() for one in row.remedies}
    keys = {action for action in actions if action.partition(" ")[0] != "tui-call"}
    assert keys <= set(keymap.BY_ID)
    for command in sorted(actions - keys):
        words = [word for word in command.split()[1:] if word.islower() and word[0] != "-"]
        context = click.Context(cli)
        group: click.Command | None = cli
        for word in words:
            assert isinstance(group, click.Group)
            group = group.get_command(context, word)
            assert group is not None, command


@pytest.mark.lengthy
def test_a_program_without_docstrings_says_the_same() -> None:
    said = {flags: sentences_and_faults(*flags) for flags in ((), ("-OO",))}
    assert said[()] == said["-OO",]
    assert len(said[()]) > 100


@pytest.mark.lengthy
def test_a_command_line_without_docstrings_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_CALL_HOME", str(tmp_path))
    said = {flags: command_lines(*flags) for flags in ((), ("-OO",))}
    assert said[()] == said["-OO",]
    assert any(line.startswith("tui-call: No engine is running.") for line in said[()])
    assert any(line.startswith("tui-call: That is no invite link.") for line in said[()])


def test_every_command_has_its_help() -> None:
    assert [words for words, command in all_commands() if not command.help] == []


def test_a_field_that_was_forgotten_is_an_ellipsis_in_the_product() -> None:
    code = "from tui_call.sentences import sentence; print(sentence('R_BUSY').text)"
    assert run(code) == ["… is in another call."]


def test_no_two_capabilities_are_off_with_one_sentence() -> None:
    said = [sentence(code, policy="p", who="you").text for code in codes() if code.startswith("E_")]
    assert len(said) == len(set(said))
