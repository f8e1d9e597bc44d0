"""The engine's state as screens see it: each part of the snapshot, made from what is known now."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from tui_call.control.deltas import PersonDelta
from tui_call.control.server import ControlServer
from tui_call.control.views import (
    CallView,
    DevicesView,
    EncryptionView,
    EventView,
    HistoryView,
    MeView,
    Part,
    PersonView,
    ServiceView,
    SettingView,
    Snapshot,
)
from tui_call.e2ee.fingerprint import account_digits
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.account.rights import DEVICE_SETTING, Rights
from tui_call.engine.calls.call_list import CallList, ListedCall
from tui_call.engine.calls.gatekeeper import Gatekeeper
from tui_call.engine.calls.past_calls import past_calls
from tui_call.engine.devices.device_list import DeviceList
from tui_call.engine.directory import KnownPeople
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.own_presence import OwnPresence
from tui_call.engine.sound.audio_settings import limits_of
from tui_call.engine.sound.sound import Sound
from tui_call.engine.unlocking import Unlocking
from tui_call.engine.views.call import SeenFrom, call_view, shield
from tui_call.engine.views.encryption import capability_views, encryption_view
from tui_call.engine.views.history import history_views
from tui_call.foreign_text import clean
from tui_call.identifiers import AccountId
from tui_call.permissions.explain import Names
from tui_call.permissions.settings import DeviceSetting
from tui_call.profile.profile import Profile


@dataclass(frozen=True, slots=True)
class Presentation:
    """The snapshot; each part is made by who knows it, as it is now."""

    me: Callable[[], MeView]
    service: Callable[[], ServiceView]
    encryption: Callable[[], EncryptionView]
    people: Callable[[], tuple[PersonView, ...]]
    person: Callable[[AccountId], PersonView | None]
    calls: Callable[[], tuple[CallView, ...]]
    devices: Callable[[], DevicesView]
    settings: Callable[[], tuple[SettingView, ...]]
    history: Callable[[], tuple[HistoryView, ...]]
    notices: Callable[[], tuple[EventView, ...]]

    def snapshot(self, *, lists: bool) -> Snapshot:
        """Return all parts, or all but people and past calls."""
        return Snapshot(
            self.me(),
            self.service(),
            self.encryption(),
            self.people() if lists else (),
            self.calls(),
            self.devices(),
            self.settings(),
            self.history() if lists else (),
            self.notices(),
        )

    def tell(self, part: Part, server: ControlServer) -> None:
        """Tell those who are attached how a part is now."""
        if server.clients:
            maker: Callable[[], object] = getattr(self, part)
            server.publish(part, maker())

    def tell_person(self, account: AccountId, server: ControlServer) -> None:
        """Tell them how somebody is now."""
        if server.clients:
            server.publish_delta(PersonDelta(account, self.person(account)))


class ShownAccount:
    """The person here, as screens see it."""

    def __init__(
        self,
        profile_name: str,
        profile: Profile,
        account: OwnAccount,
        unlocking: Unlocking,
        configuration: Configuration,
        rights: Rights,
        presence: OwnPresence,
        membership: ServiceMembership,
        device_list: DeviceList,
    ) -> None:
        self._profile_name = profile_name
        self._profile = profile
        self._account = account
        self._unlocking = unlocking
        self._configuration = configuration
        self._rights = rights
        self._presence = presence
        self._membership = membership
        self._device_list = device_list

    def view(self) -> MeView:
        """Return who that is."""
        joined = self._account.joined
        if joined is None:
            return MeView(
                "locked" if self._account.locked else "new",
                self._profile_name,
                protection=self._profile.protection,
                asks_keyring=self._unlocking.asks_keyring,
            )
        identity, link = self._profile.identity, self._membership.link
        return MeView(
            state="ready",
            profile=self._profile_name,
            name=clean(joined.name),
            account=joined.account,
            organisation=joined.organisation,
            organisation_name=clean(link.organisation_name if link else ""),
            role=self._rights.role,
            presence=self._presence.chosen,
            presence_until=self._presence.until,
            protection=self._profile.protection,
            fingerprint=account_digits(identity.identity_key, joined.account),
            device=identity.device_id.hex(),
            stay=self._configuration.current.engine.stay,
            holds_key=identity.holds_account_key,
            devices=self._device_list.views(),
            recording_of_me=self._rights.recording_of_me,
            captions_of_me=self._rights.captions_of_me,
        )


class ShownSettings:
    """The settings, as screens see them."""

    def __init__(self, configuration: Configuration, rights: Rights, sound: Sound) -> None:
        self._configuration = configuration
        self._rights = rights
        self._sound = sound

    def encryption(self) -> EncryptionView:
        """Return whether E2EE calls are on here, and who decided."""
        loaded = self._configuration.loaded
        return encryption_view(
            self._rights.own,
            Names(organisation=self._rights.organisation),
            self._rights.account_setting,
            DeviceSetting(loaded.config.e2ee.calls),
            loaded.sources[DEVICE_SETTING],
        )

    def views(self) -> tuple[SettingView, ...]:
        """Return all of them, with what narrows each."""
        return self._configuration.views(self._rights.limits() | limits_of(self._sound.audio))


class ShownCalls:
    """Calls and those who are called, as screens see them."""

    def __init__(
        self,
        account: OwnAccount,
        people: KnownPeople,
        calls: CallList,
        sound: Sound,
        gatekeeper: Gatekeeper,
        now: Callable[[], float],
    ) -> None:
        self._account = account
        self._people = people
        self._calls = calls
        self._sound = sound
        self._gatekeeper = gatekeeper
        self._now = now

    def people(self) -> tuple[PersonView, ...]:
        """Return everybody."""
        if self._account.joined is None:
            return ()
        return tuple(map(self._in_a_call, self._people.views()))

    def person(self, account: AccountId) -> PersonView | None:
        """Return one of them, None for who is none."""
        if self._account.joined is None or self._account.is_own(account):
            return None
        view = self._people.view(account)  # others may be called like one who is not listed
        return self._in_a_call(view) if self._people.knows(account) else None

    def _in_a_call(self, view: PersonView) -> PersonView:
        """In a first call a key is new until it is compared, whatever was pinned meanwhile."""
        for record in self._calls.on:
            if record.account == view.account and record.first and record.code is not None:
                return msgspec.structs.replace(
                    view, standing=record.standing.value, e2ee=shield(record, self._now())
                )
        return view

    def calls(self) -> tuple[CallView, ...]:
        """Return all calls that the person knows of, the one in front first."""
        return tuple(self._call(one, position) for position, one in enumerate(self._calls.listed))

    def _call(self, listed: ListedCall, position: int) -> CallView:
        record, organisation = listed.record, self._account.member().organisation
        answers = self._gatekeeper.answers(record)
        capabilities = capability_views(answers, Names(record.name, organisation))
        here = SeenFrom(
            clean(organisation),
            self._sound.has_microphone,
            self._sound.has_speaker,
            self._now(),
            time.time(),
        )
        return call_view(listed, position, self._people.view, capabilities, here)

    def history(self) -> tuple[HistoryView, ...]:
        """Return past calls, newest first."""
        return history_views(past_calls(self._account.history, self._calls.on))
