"""From flags and service.toml to the options of a service, and how it starts Echo."""

from pathlib import Path

from tui_call.config.load import load_service
from tui_call.config.paths import ProfilePaths
from tui_call.config.sections import LimitsSection, ServiceConfig
from tui_call.control import launch
from tui_call.foreign_text import clean
from tui_call.service.keeping.options import KeepingOptions
from tui_call.service.limits import Limits, Rate
from tui_call.service.private_files import write_private
from tui_call.service.relays import relay_access
from tui_call.service.server import ServiceOptions
from tui_call.service.standard_calls.options import BridgeOptions, CaptionOptions
from tui_call.service.store_place import StorePlace

INVITE_FILE = "invite"
ECHO = {
    "TUI_CALL_AUDIO__PORT": "delay_line",
    "TUI_CALL_ENGINE__ANSWER": "everything",
    "TUI_CALL_ENGINE__STAY": "false",
    "TUI_CALL_E2EE__CALLS": "on",
}


def service_options(
    profile: str,
    personal: bool,
    listen: str | None,
    port: int | None,
    name: str | None,
    state_directory: Path | None,
) -> ServiceOptions:
    """Return the options; a flag that was given goes before service.toml.

    A problem in service.toml is printed on stderr, and the default used.

    Raises:
        RelaySecretUnusable: TURN servers are named and the secret for them is missing.
    """
    config = _config(profile)
    section, relay = config.service, config.relay
    place = _place(profile, config, state_directory)
    return ServiceOptions(
        state_directory=place.directory,
        store_url="" if personal else place.url,
        listen=listen or section.listen,
        port=section.port if port is None else port,
        public_address=section.public_address,
        organisation_name=name or section.name,
        certificate=_path(config.tls.certificate),
        certificate_key=_path(config.tls.key),
        bridge=_bridge(config),
        keeping=KeepingOptions(config.recordings.keep_days, config.recordings.most_gib),
        relays=relay_access(relay.servers, _path(relay.secret_file), relay.lifetime_s),
        personal=personal,
        private=personal,
        idle_seconds=float(section.idle_end_s) if personal else None,
        start_account=start_account if personal else None,
        limits=_limits(config.limits),
    )


def store_place(profile: str, state_directory: Path | None) -> StorePlace:
    """Return where the service of these settings keeps its store; problems are told as above."""
    return _place(profile, _config(profile), state_directory)


def _config(profile: str) -> ServiceConfig:
    import click

    loaded = load_service(ProfilePaths(profile).service_files)
    for problem in loaded.problems:
        click.echo(clean(problem.detail, 300), err=True)
    return loaded.config


def _place(profile: str, config: ServiceConfig, state_directory: Path | None) -> StorePlace:
    configured = _path(config.service.state_directory)
    default = ProfilePaths(profile).service_state_directory
    return StorePlace(state_directory or configured or default, config.store.url)


def _bridge(config: ServiceConfig) -> BridgeOptions | None:
    bridge, park = config.bridge, config.park
    if not bridge.enabled:
        return None
    speech = config.captions
    captions = CaptionOptions(_path(speech.model), speech.language, speech.threads)
    return BridgeOptions(bridge.port, bridge.public_address, park.first, park.slots, captions)


def _limits(section: LimitsSection) -> Limits:
    return Limits(
        device=Rate(section.device_burst, section.device_per_s),
        address=Rate(section.address_burst, section.address_per_s),
        unfinished=section.unfinished,
        unfinished_of_address=section.unfinished_of_address,
        waiting_seconds=section.waiting_s,
    )


async def start_account(user: str, directory: Path, invite_link: str) -> None:
    """Start the engine of an account that is called: a delay line for a sound device."""
    arguments: tuple[str, ...] = ()
    if invite_link:
        write_private(directory / INVITE_FILE, invite_link.encode())
        arguments = ("--name", user.title(), "--invite-file", str(directory / INVITE_FILE))
    launch.start_engine(user, arguments, ECHO)


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None
