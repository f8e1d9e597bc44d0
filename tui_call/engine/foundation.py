"""What calls and orders stand on, built once: the person, the service, devices and sound."""

from dataclasses import dataclass

from tui_call.config.paths import ProfilePaths
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.account.profile_writer import ProfileWriter
from tui_call.engine.account.rights import Rights
from tui_call.engine.changes import Changes
from tui_call.engine.devices.account_holder import AccountHolder
from tui_call.engine.devices.credential_renewal import CredentialRenewal
from tui_call.engine.devices.device_list import DeviceList
from tui_call.engine.devices.own_devices import OwnDevices
from tui_call.engine.directory import KnownPeople
from tui_call.engine.ending import Ending
from tui_call.engine.failures import Failures
from tui_call.engine.media.path_settings import PathSettings
from tui_call.engine.notices import Notices
from tui_call.engine.own_clock import OwnClock
from tui_call.engine.service.belonging import Belonging
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.network_watch import NetworkWatch
from tui_call.engine.service.postbox import Postbox
from tui_call.engine.service.relays import ServiceRelays
from tui_call.engine.service.watched_people import WatchedPeople
from tui_call.engine.settings import Settings
from tui_call.engine.sound.audio_devices import AudioDevices
from tui_call.engine.sound.equipment import Equipment
from tui_call.engine.sound.sound import Sound
from tui_call.engine.unlocking import Unlocking
from tui_call.profile.profile import Profile
from tui_call.tasks import Tasks
from tui_call.transport.impairment import Impairment


@dataclass(frozen=True, slots=True)
class Ground:
    """What every part may stand on.

    Attributes:
        paths, profile: whose engine it is.
        ending: told that it is to end.
        clock: of all that waits for others.
        changes, notices: what is to be shown.
        failures: take what nobody foresaw.
        tasks: work that nobody waits for.
    """

    paths: ProfilePaths
    profile: Profile
    ending: Ending
    clock: OwnClock
    changes: Changes
    notices: Notices
    failures: Failures
    tasks: Tasks


@dataclass(frozen=True, slots=True)
class PersonParts:
    """The person here: what is on disk, and what follows from it."""

    configuration: Configuration
    writer: ProfileWriter
    account: OwnAccount
    rights: Rights
    people: KnownPeople


@dataclass(frozen=True, slots=True)
class ServiceParts:
    """The service, and the network around it."""

    membership: ServiceMembership
    postbox: Postbox
    relays: ServiceRelays
    network_watch: NetworkWatch
    path_settings: PathSettings
    watched: WatchedPeople
    belonging: Belonging
    unlocking: Unlocking


@dataclass(frozen=True, slots=True)
class DeviceParts:
    """The person's devices."""

    list: DeviceList
    holder: AccountHolder
    own: OwnDevices


@dataclass(frozen=True, slots=True)
class SoundParts:
    """Microphone, speaker and bell, and the settings that are theirs or the person's."""

    sound: Sound
    devices: AudioDevices
    equipment: Equipment
    settings: Settings


@dataclass(frozen=True, slots=True)
class EngineFoundation:
    """All of it."""

    ground: Ground
    person: PersonParts
    service: ServiceParts
    devices: DeviceParts
    sound: SoundParts


def lay_foundation(
    paths: ProfilePaths, profile: Profile, impairment: Impairment | None
) -> EngineFoundation:
    """Build what an engine has before it has calls.

    Args:
        paths: of the person here.
        profile: of the same.
        impairment: what befalls outgoing datagrams on purpose, None for nothing.
    """
    changes = Changes()
    notices = Notices(changes)
    failures = Failures(notices)
    tasks = Tasks(failures.of("G_FAILED"))
    ground = Ground(paths, profile, Ending(), OwnClock(), changes, notices, failures, tasks)
    person = _person(ground)
    service = _service(ground, person, impairment)
    devices = _devices(ground, person, service)
    return EngineFoundation(ground, person, service, devices, _sound(ground, person))


def _person(on: Ground) -> PersonParts:
    configuration = Configuration(on.paths)
    writer = ProfileWriter(on.profile, on.notices, Tasks(on.failures.of("G_SAVING_FAILED")))
    account = OwnAccount(on.profile, writer, on.changes)
    rights = Rights(configuration, account)
    return PersonParts(configuration, writer, account, rights, KnownPeople(account, on.changes))


def _service(on: Ground, person: PersonParts, impairment: Impairment | None) -> ServiceParts:
    account, people, rights = person.account, person.people, person.rights
    failed = on.failures.of("G_SERVICE_FAILED")
    membership = ServiceMembership(on.paths, on.clock.now, Tasks(failed))
    relays = ServiceRelays()
    belonging = Belonging(on.profile, account, rights, people, relays, membership, on.changes)
    return ServiceParts(
        membership,
        Postbox(membership.send, failed),
        relays,
        NetworkWatch(),
        PathSettings(person.configuration, rights, relays, impairment),
        WatchedPeople(account, people, membership, on.changes, on.tasks),
        belonging,
        Unlocking(on.profile, belonging, on.changes, on.ending),
    )


def _devices(on: Ground, person: PersonParts, service: ServiceParts) -> DeviceParts:
    profile, account, postbox = on.profile, person.account, service.postbox
    found = DeviceList(profile, account, person.people, service.membership)
    holder = AccountHolder(
        profile, account, person.writer, found, service.membership, postbox, on.changes,
        on.notices, on.tasks,
    )  # fmt: skip
    renewal = CredentialRenewal(profile, account, found, postbox, on.changes, on.notices)
    own = OwnDevices(profile, account, found, holder, renewal, postbox, on.changes)
    return DeviceParts(found, holder, own)


def _sound(on: Ground, person: PersonParts) -> SoundParts:
    configuration = person.configuration
    sound = Sound(configuration.current.audio, on.failures.of("G_SOUND_FAILED"))
    devices = AudioDevices(sound, configuration, on.changes, on.notices, on.tasks)
    settings = Settings(configuration, sound, devices, on.changes, on.notices)
    return SoundParts(sound, devices, Equipment(sound, devices), settings)
