"""Writes config/client.toml, config/service.toml and config/policies.toml from what they may say.

`python -m tui_call.config.render [--check] [DIRECTORY]`: every key commented out with its default
and its line of help; of policies an example that can be applied. With `--check` nothing is written,
and the exit code is 1 when a file there is not what would be written.
"""

import sys
from collections.abc import Sequence

import tomlkit

from tui_call.config.paths import CLIENT_FILE, SERVICE_FILE
from tui_call.config.policy_example import POLICY_FILE, render_policies
from tui_call.config.schema import Kind, Setting, Value, sections, settings
from tui_call.config.sections import ClientConfig, ServiceConfig
from tui_call.pages import place_of, write_or_check

_HEADER = """\
# {file}: every setting with its default. Take the "#" away in front of a key to set it.
#
# Order: defaults < system file < user file < TUI_CALL_SECTION__KEY < flag{narrowed}.
# A mistake here is shown with its line, the default is used, and the file is left alone.
"""
_KEYS = """
# Keys of the screen, by the id of what they do, which Settings lists beside its key. Never bound:
# ctrl with m i h j [ a b n s t w z, and alt with a letter.
[keys]
#"call.record" = "r"
"""


def render(config_class: type[ClientConfig] | type[ServiceConfig], file: str) -> str:
    """Return the example file of a configuration.

    Args:
        config_class: whose keys.
        file: the file's name, for its first line.
    """
    narrowed = "; policies narrow the result" if config_class is ClientConfig else ""
    parts = [_HEADER.format(file=file, narrowed=narrowed)]
    for section, section_class in sections(config_class).items():
        parts.append(f"\n# {section_class.__doc__}\n[{section}]\n")
        rows = settings(config_class).values()
        parts.extend(_rendered(row) for row in rows if row.section == section)
    if config_class is ClientConfig:
        parts.append(_KEYS)
    return "".join(parts)


def main(arguments: Sequence[str]) -> int:
    """Write the files, or compare them; return the exit code."""
    directory = place_of(arguments, "config")
    files = {
        directory / CLIENT_FILE: render(ClientConfig, CLIENT_FILE),
        directory / SERVICE_FILE: render(ServiceConfig, SERVICE_FILE),
        directory / POLICY_FILE: render_policies(),
    }
    return write_or_check(files, arguments, "tui_call.config.render")


def _rendered(row: Setting) -> str:
    allowed = "" if row.kind in (Kind.TEXT, Kind.SWITCH) else f" ({row.allowed})"
    return f"# {row.help}{allowed}\n#{row.name} = {_toml(row.default)}\n"


def _toml(value: Value) -> str:
    return tomlkit.item(list(value) if isinstance(value, tuple) else value).as_string()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
