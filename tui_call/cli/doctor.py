"""`tui-call doctor`: what a bug report needs, and what to do about what is missing.

The output can be pasted anywhere. It holds no names of people or devices, no addresses and no
codes; the home directory is written as `~` and a named profile as `PROFILE`.
"""

import asyncio
import contextlib
import os
import platform
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import click

from tui_call.cli.session import say_json
from tui_call.config.paths import DEFAULT_PROFILE, ProfilePaths
from tui_call.control.actions import AskRelays
from tui_call.control.client import (
    CommandRefused,
    EngineClient,
    EngineUnreachable,
    ForeignListener,
)
from tui_call.control.versions import OtherVersion
from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.sentences import paragraph_of, text_of

_LIBRARIES = ("aiortc", "av", "cryptography", "sounddevice", "textual")
_LEAST_COLUMNS, _LEAST_ROWS = 80, 24
_SUBJECT_CELLS = 15
_MOST_LINE = 400
LOOK_WITHIN = 15.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        subject: what was looked at.
        ok: nothing has to be done.
        detail: what was found.
        remedy: what to do, "" where nothing.
    """

    subject: str
    ok: bool
    detail: str
    remedy: str = ""


@click.command(help=paragraph_of("H_DOCTOR"))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.pass_obj
def doctor(profile: str, as_json: bool) -> None:
    """Look at this computer and say what is missing; nothing private is shown.

    The exit status is 1 where something is.
    """
    found = examine(ProfilePaths(profile))
    if as_json:
        say_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            _print(finding)
    sys.exit(not all(finding.ok for finding in found))


def _print(finding: Finding) -> None:
    mark = "ok" if finding.ok else "missing"
    click.echo(f"{mark:8}{finding.subject:<{_SUBJECT_CELLS}}{clean(finding.detail, _MOST_LINE)}")
    if finding.remedy:
        click.echo(f"{'':8}{'':{_SUBJECT_CELLS}}do: {clean(finding.remedy, _MOST_LINE)}")


def examine(paths: ProfilePaths) -> list[Finding]:
    """Return every finding, in the order of the report; each has `LOOK_WITHIN` seconds."""
    looks: dict[str, Callable[[], list[Finding]]] = {
        "version": _versions,
        "places": lambda: _places(paths),
        "PortAudio": lambda: [_port_audio()],
        "devices": lambda: [_devices()],
        "libopus": lambda: [_opus()],
        "echo canceller": lambda: [_echo_canceller()],
        "speech engine": lambda: [_speech_engine(paths)],
        "keyring": lambda: [_keyring()],
        "audio thread": lambda: [_thread_priority()],
        "settings": lambda: _configuration(paths),
        "relays": lambda: [_relays(paths)],
        "engine": lambda: asyncio.run(_ask_engine(paths)),
        "terminal": _terminal,
        "logs": lambda: [_logs(paths)],
    }
    return [found for subject, look in looks.items() for found in _in_time(subject, look)]


def _in_time(subject: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    """Look in a thread that is left behind where it waits for ever, for a sound server, say."""
    found: list[Finding] = []

    def carefully() -> None:
        try:
            found.extend(look())
        except Exception as error:
            found.append(Finding(subject, False, *_said("K_FAILS", fault=type(error).__name__)))

    looking = threading.Thread(target=carefully, daemon=True)
    looking.start()
    looking.join(LOOK_WITHIN)
    late = Finding(subject, False, *_said("K_LATE", n=f"{LOOK_WITHIN:g}"))
    return [late] if looking.is_alive() else found


def _said(code: str, **fields: object) -> tuple[str, str]:
    """Return what was found and what to do: the row of a code that comes first, and "do"."""
    return text_of(code, **fields), text_of(code, "do", **fields)


def _versions() -> list[Finding]:
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    program = f"tui-call {version('tui-call')}, Python {platform.python_version()}, {system}"
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return [Finding("version", True, program), Finding("libraries", True, libraries)]


def _places(paths: ProfilePaths) -> list[Finding]:
    places = {
        "configuration": paths.client_files.user.parent,
        "data": paths.data_directory,
        "state": paths.state_directory,
        "runtime": next(iter(paths.runtime_directories), Path(tempfile.gettempdir())),
    }
    return [_place(subject, place, paths) for subject, place in places.items()]


def _place(subject: str, place: Path, paths: ProfilePaths) -> Finding:
    # Path.exists fails where a directory above may not be entered.
    there = next(folder for folder in (place, *place.parents) if os.access(folder, os.F_OK))
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Finding(subject, True, _anonymous(place, paths))
    path, at = _anonymous(place, paths), _anonymous(there, paths)
    return Finding(subject, False, *_said("K_PLACE", path=path, file=at))


def _port_audio() -> Finding:
    from tui_call.voice.devices.portaudio import AudioLibraryMissing, library

    try:
        return Finding("PortAudio", True, library().get_portaudio_version()[1])
    except AudioLibraryMissing:
        return Finding("PortAudio", False, *_said("K_PORTAUDIO"))


def _devices() -> Finding:
    """Count the devices; their names may hold a person's."""
    from tui_call.voice.devices.port import DeviceError
    from tui_call.voice.devices.portaudio import list_devices

    try:
        devices = list_devices()
    except DeviceError as error:
        return Finding("devices", False, str(error), text_of("K_DEVICES", "no list"))
    microphones = sum(device.channels_in > 0 for device in devices)
    speakers = sum(device.channels_out > 0 for device in devices)
    detail, remedy = _said("K_DEVICES", n=microphones, m=speakers)
    fine = bool(microphones and speakers)
    return Finding("devices", fine, detail, "" if fine else remedy)


def _opus() -> Finding:
    from tui_call.voice import opus
    from tui_call.voice.redundancy import PLAIN

    try:
        encoder = opus.Encoder(PLAIN.coding)
    except LocalFault as error:
        return Finding("libopus", False, str(error), text_of("K_OPUS", "do"))
    return Finding("libopus", True, text_of("K_OPUS", n=encoder.coding.packet_bytes))


def _echo_canceller() -> Finding:
    from tui_call.voice.processing import Processing, ProcessingMissing
    from tui_call.voice.sound_processing import SoundProcessor

    try:
        SoundProcessor(Processing())
    except ProcessingMissing:
        return Finding("echo canceller", False, *_said("K_ECHO"))
    return Finding("echo canceller", True, f"livekit {version('livekit')}")


def _keyring() -> Finding:
    from tui_call.profile.keyring_backend import find_keyring

    if find_keyring() is not None:
        return Finding("keyring", True, text_of("K_KEYRING", "there"))
    return Finding("keyring", False, *_said("K_KEYRING"))


def _speech_engine(paths: ProfilePaths) -> Finding:
    """Look for what a service here would recognise speech with; nobody has to have it."""
    from tui_call.config.load import load_service
    from tui_call.tap.speech import engines
    from tui_call.tap.speech.recogniser import EngineMissing, ModelRefused

    wanted = load_service(paths.service_files).config.captions
    model = Path(wanted.model) if wanted.model else None
    try:
        engines.language_that_would_be(model, wanted.language)
    except EngineMissing:
        return Finding("speech engine", True, text_of("K_SPEECH"), text_of("K_SPEECH", "do"))
    except ModelRefused as error:
        return Finding("speech engine", False, text_of("K_SPEECH", "model"), str(error))
    return Finding("speech engine", True, text_of("K_SPEECH", "there"))


def _thread_priority() -> Finding:
    """Try in a thread that ends at once: what it is granted goes with it."""
    from tui_call.control.platform import REAL_TIME_PRIORITY, raise_thread_priority

    if sys.platform != "linux":
        return Finding("audio thread", True, text_of("K_THREAD", "elsewhere"))
    answers: list[bool] = []
    trying = threading.Thread(target=lambda: answers.append(raise_thread_priority()))
    trying.start()
    trying.join()
    if answers == [True]:
        return Finding("audio thread", True, text_of("K_THREAD", "there"))
    return Finding("audio thread", False, *_said("K_THREAD", n=REAL_TIME_PRIORITY))


def _configuration(paths: ProfilePaths) -> list[Finding]:
    from tui_call.config.load import load_client, load_service

    problems = (
        *load_client(paths.client_files).problems,
        *load_service(paths.service_files).problems,
    )
    if not problems:
        return [Finding("settings", True, text_of("K_SETTINGS"))]
    return [
        Finding(
            "settings",
            False,
            f"{problem.file.name}:{problem.line}" if problem.file else problem.source,
            text_of("K_SETTINGS", "do", part=problem.key or "the file", hint=problem.hint),
        )
        for problem in problems
    ]


def _relays(paths: ProfilePaths) -> Finding:
    """Ask the STUN and TURN servers of the settings, all at once."""
    from tui_call.config.ice_server import parse_ice_server
    from tui_call.config.load import load_client
    from tui_call.transport.probing import how_many_answer

    named = load_client(paths.client_files).config.network.ice_servers
    if not named:
        return Finding("relays", True, text_of("K_RELAYS", "none"))
    count = asyncio.run(how_many_answer([parse_ice_server(text) for text in named]))
    return _answers("relays", count, len(named), text_of("K_RELAYS", "do"))


def _answers(subject: str, count: int, named: int, remedy: str) -> Finding:
    fine = count == named
    return Finding(subject, fine, text_of("K_RELAYS", n=count, m=named), "" if fine else remedy)


async def _ask_engine(paths: ProfilePaths) -> list[Finding]:
    """Ask an engine that runs; none is started for it."""
    from tui_call.control import launch

    try:
        client = await launch.connect(paths.profile, "cli")
    except ForeignListener as error:
        return [Finding("engine", False, str(error), text_of("K_ENGINE", "foreign"))]
    except OtherVersion as error:
        return [Finding("engine", False, text_of("K_ENGINE", "version"), str(error))]
    except EngineUnreachable:
        return [Finding("engine", True, text_of("K_ENGINE", "none"))]
    service, me = client.snapshot.service, client.snapshot.me
    relays = await _service_relays(client)
    await client.close()
    kind = "personal " if service.personal else ""
    detail = f"running, identity {me.state}, {kind}service {service.state}"
    away = service.state in ("away", "refused")
    remedy = text_of("K_ENGINE", "do") if away else ""
    return [Finding("engine", not away, detail, remedy), *relays]


async def _service_relays(client: EngineClient) -> list[Finding]:
    """Let the engine ask the servers of its service: it has what they want to know of it."""
    try:
        result = await client.command(AskRelays())
    except (CommandRefused, EngineUnreachable):  # it is an older one, or just ends
        return []
    named, answering = int(result["named"]), int(result["answer"])
    remedy = text_of("K_RELAYS", "service")
    return [_answers("service relays", answering, named, remedy)] if named else []


def _terminal() -> list[Finding]:
    size = shutil.get_terminal_size()
    kind = os.environ.get("TERM", "") or "none"
    colours = os.environ.get("COLORTERM", "") or "not told"
    shown = "a terminal" if sys.stdout.isatty() else "not a terminal"
    detail = f"{size.columns}x{size.lines}, TERM {kind}, COLORTERM {colours}, {shown}"
    small = size.columns < _LEAST_COLUMNS or size.lines < _LEAST_ROWS
    least = f"{_LEAST_COLUMNS}x{_LEAST_ROWS}"
    remedy = text_of("K_TERMINAL", size=least) if small else ""
    encoding = (sys.stdout.encoding or "").lower()
    symbols = encoding.startswith("utf")
    return [
        Finding("terminal", not small, detail, remedy),
        Finding("symbols", symbols, encoding or "none", "" if symbols else text_of("K_SYMBOLS")),
    ]


def _logs(paths: ProfilePaths) -> Finding:
    folders = (paths.state_directory, paths.service_state_directory)
    return Finding("logs", True, ", ".join(_anonymous(folder, paths) for folder in folders))


def _anonymous(path: Path, paths: ProfilePaths) -> str:
    """Return a path without the person's home directory and profile in it."""
    with contextlib.suppress(RuntimeError, ValueError):  # no home, or elsewhere
        path = Path("~") / path.relative_to(Path.home())
    named = paths.profile != DEFAULT_PROFILE
    hidden = ("PROFILE" if named and part == paths.profile else part for part in path.parts)
    return str(Path(*hidden))
