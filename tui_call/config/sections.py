"""Every key of client.toml and service.toml: type, default, limits and a line of help.

A section is a frozen dataclass and a key is one of its fields, so that code reads
`config.audio.microphone` with its type; `schema.settings` gives the same as a table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeVar

from tui_call.config.ice_server import InvalidIceServer, parse_ice_server

_T = TypeVar("_T")


def _is_ice_server(text: str) -> bool:
    try:
        parse_ice_server(text)
    except InvalidIceServer:
        return False
    return True


def _is_plain_ice_server(text: str) -> bool:
    return _is_ice_server(text) and not parse_ice_server(text).username


@dataclass(frozen=True, slots=True)
class SettingRule:
    """What is known of a key beside its type and default; see `schema.Setting`."""

    help: str
    least: int = 0
    most: int = 0
    form: str = ""
    accepts: Callable[[str], bool] | None = None
    path: bool = False


def _key(
    default: _T,
    help: str,  # noqa: A002 - that is its name in the table
    least: int = 0,
    most: int = 0,
    form: str = "",
    accepts: Callable[[str], bool] | None = None,
    *,
    path: bool = False,
) -> _T:
    rule = SettingRule(help, least, most, form, accepts, path)
    return field(default=default, metadata={"rule": rule})


@dataclass(frozen=True, slots=True)
class E2EESection:
    """End-to-end encryption of this device."""

    calls: Literal["follow", "off", "on", "require"] = _key(
        "follow", "E2EE calls on this device; follow takes the account's setting."
    )
    answer_invites: Literal["contacts", "organisation", "anyone"] = _key(
        "organisation", "Whose call invites this device answers; others get silence."
    )
    rekey_after_s: int = _key(
        1800, "Fresh keys in a call that this device placed, after so many seconds.", 10, 1800
    )


@dataclass(frozen=True, slots=True)
class AudioSection:
    """Sound devices."""

    microphone: str = _key("", 'Name of the microphone; "" is the system\'s default.')
    speaker: str = _key("", 'Name of the speaker; "" is the system\'s default.')
    ring_device: str = _key("", 'Name of the device where calls ring; "" is the speaker.')
    echo_cancellation: bool = _key(True, "Take what the speaker plays out of the microphone.")
    noise_suppression: bool = _key(True, "Take noise out of the microphone.")
    gain_control: bool = _key(False, "Bring your voice to an even level.")
    headphones: bool = _key(
        False, "You wear headphones: no echo to cancel, and both can speak at once."
    )
    port: Literal["devices", "files", "delay_line", "silent"] = _key(
        "devices", "Where sound comes from and goes to."
    )
    input_file: str = _key("", 'With port = "files": the sound file that is spoken.', path=True)
    output_file: str = _key("", 'With port = "files": the WAV file that is written.', path=True)
    delay_ms: int = _key(
        1000, 'With port = "delay_line": after how long what was heard comes back.', 0, 10_000
    )


@dataclass(frozen=True, slots=True)
class EngineSection:
    """The process in the background that holds the calls."""

    stay: bool = _key(False, "Keep running with no screen open, so that calls ring.")
    end_when_idle_s: int = _key(
        30, "Without stay: end so many seconds after the last screen and call.", 1, 86_400
    )
    answer: Literal["ask", "always", "everything"] = _key(
        "ask", "Whether a call is answered by itself; with everything, questions in it too."
    )


@dataclass(frozen=True, slots=True)
class NetworkSection:
    """Ways through the network."""

    ice_servers: tuple[str, ...] = _key(
        (),
        "STUN and TURN servers beside those that the service names.",
        form="stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT",
        accepts=_is_ice_server,
    )
    service_relays: bool = _key(True, "Use the STUN and TURN servers that the service names.")
    relay_only: bool = _key(False, "Send sound only through a relay, which hides addresses.")


@dataclass(frozen=True, slots=True)
class StandardSection:
    """What the bridge may do with what you say in standard calls, from this device."""

    recording_of_me: Literal["follow", "allow", "ask", "refuse"] = _key(
        "follow", "Recording and transcript of you; follow takes the account's setting."
    )
    captions_of_me: Literal["follow", "allow", "refuse"] = _key(
        "follow", "Captions of what you say; follow takes the account's setting."
    )


@dataclass(frozen=True, slots=True)
class UiSection:
    """How the screen looks."""

    glyphs: Literal["unicode", "ascii"] = _key("unicode", "Symbols, or plain ASCII for all.")
    calm: bool = _key(False, "No animation, and meters at most once a second.")
    theme: Literal["dark", "light", "mono", "ansi"] = _key("dark", "Colours of the screen.")


def _no_keys() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """What client.toml, the environment and flags say, checked.

    Attributes:
        keys: key of each binding that is not at its default, by the binding's id.
    """

    e2ee: E2EESection = E2EESection()
    audio: AudioSection = AudioSection()
    engine: EngineSection = EngineSection()
    network: NetworkSection = NetworkSection()
    standard: StandardSection = StandardSection()
    ui: UiSection = UiSection()
    keys: Mapping[str, str] = field(default_factory=_no_keys)


@dataclass(frozen=True, slots=True)
class ServiceSection:
    """The service itself."""

    listen: str = _key(
        "0.0.0.0",  # noqa: S104 - friends on the LAN join
        "Address to listen at; a personal service keeps to 127.0.0.1 until its first invite or "
        "device link.",
    )
    port: int = _key(0, "TCP port; 0 chooses one at the first start and keeps it.", 0, 65_535)
    name: str = _key("", 'Name of the organisation; "" makes one at the first start.')
    state_directory: str = _key("", 'Where accounts are kept; "" is the usual place.', path=True)
    idle_end_s: int = _key(
        60, "A personal service ends so many seconds after the last client.", 1, 86_400
    )
    public_address: str = _key("", 'Address in invite links; "" is the best one found.')


@dataclass(frozen=True, slots=True)
class StoreSection:
    """Where people, policies and the audit are kept."""

    url: str = _key(
        "", 'PostgreSQL as postgresql+psycopg://USER@HOST/DATABASE; "" is a file of SQLite.'
    )


@dataclass(frozen=True, slots=True)
class TlsSection:
    """The service's certificate."""

    certificate: str = _key(
        "", 'PEM file of the certificate; "" makes one. A renewed one keeps its key.', path=True
    )
    key: str = _key("", "PEM file of its private key.", path=True)


@dataclass(frozen=True, slots=True)
class RelaySection:
    """STUN and TURN servers that devices are told of."""

    servers: tuple[str, ...] = _key(
        (),
        "The servers; devices get short-lived credentials for TURN with them.",
        form="stun:HOST:PORT or turn:HOST:PORT",
        accepts=_is_plain_ice_server,
    )
    secret_file: str = _key(
        "",
        "File with the secret shared with the TURN servers (coturn: static-auth-secret).",
        path=True,
    )
    lifetime_s: int = _key(3600, "For how many seconds credentials hold.", 60, 86_400)


@dataclass(frozen=True, slots=True)
class BridgeSection:
    """The bridge, through which standard calls go."""

    enabled: bool = _key(True, "Have one; without it there are E2EE calls only.")
    port: int = _key(0, "Its UDP port; 0 takes the number of the service's TCP port.", 0, 65_535)
    public_address: str = _key(
        "", 'IP address at which others reach it, where a router forwards the port; "" is its own.'
    )


@dataclass(frozen=True, slots=True)
class ParkSection:
    """Slots at which standard calls are parked."""

    first: int = _key(71, "The number of the first slot.", 1, 9000)
    slots: int = _key(29, "How many there are.", 1, 999)


@dataclass(frozen=True, slots=True)
class RecordingsSection:
    """What is kept of standard calls: recordings and transcripts."""

    keep_days: int = _key(
        90, "Days after which it is deleted, 0 for never; calling policies shorten it.", 0, 36_500
    )
    most_gib: int = _key(20, "With so many GiB of it nothing more is begun.", 1, 1_000_000)


@dataclass(frozen=True, slots=True)
class CaptionsSection:
    """The speech engine, for captions and transcripts of standard calls."""

    model: str = _key("", 'Folder of a model that sherpa-onnx reads; "" is built in.', path=True)
    language: str = _key("en", "Language of the model, for those that know several.")
    threads: int = _key(1, "Threads that recognise speech.", 1, 64)


@dataclass(frozen=True, slots=True)
class LimitsSection:
    """How much the service takes from one device, from one address, and of strangers at a time."""

    device_burst: int = _key(200, "Messages of a device that has rested.", 50, 100_000)
    device_per_s: int = _key(50, "Messages of a device in a second.", 10, 10_000)
    address_burst: int = _key(
        1200, "What a rested address does before logins, which give it back; one takes 4.", 40,
        100_000,
    )  # fmt: skip
    address_per_s: int = _key(60, "The same, in a second.", 4, 10_000)
    unfinished: int = _key(512, "Connections without a login at a time.", 8, 10_000)
    unfinished_of_address: int = _key(
        256, "Those of one address, which may be an office; more wait unread.", 4, 10_000
    )
    waiting_s: int = _key(60, "Whoever waits unread for longer is turned away.", 5, 3600)


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """What service.toml, the environment and flags say, checked."""

    service: ServiceSection = ServiceSection()
    store: StoreSection = StoreSection()
    tls: TlsSection = TlsSection()
    relay: RelaySection = RelaySection()
    bridge: BridgeSection = BridgeSection()
    park: ParkSection = ParkSection()
    recordings: RecordingsSection = RecordingsSection()
    captions: CaptionsSection = CaptionsSection()
    limits: LimitsSection = LimitsSection()
