"""Files of the project that are written by its own code, which may be stale."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

CHECK = "--check"


def place_of(arguments: Sequence[str], usual: str | Path) -> Path:
    """Return the place that is named in a command's arguments, else the usual one."""
    return Path(next((argument for argument in arguments if argument != CHECK), usual))


def write_or_check(texts: Mapping[Path, str], arguments: Sequence[str], module: str) -> int:
    """Write files, or with `--check` among the arguments write nothing and tell what is stale.

    Args:
        texts: what each file should say.
        arguments: of the command.
        module: the Python module that writes the files.

    Returns:
        the exit code: 1 when a file was to be checked and is not what would be written.
    """
    checking, stale = CHECK in arguments, 0
    for file, text in texts.items():
        if not checking:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        elif not (file.exists() and file.read_text(encoding="utf-8") == text):
            sys.stdout.write(f"{file} is stale: run python -m {module}\n")
            stale = 1
    return stale
