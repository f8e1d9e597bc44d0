"""The engine's state as screens see it: each part of the snapshot, made from what is known now."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from tui_call.control.views import CallView, MeView, Part, SentenceView, ServiceView, Snapshot
from tui_call.e2ee.fingerprint import account_digits
from tui_call.engine.calls.past_calls import past_calls
from tui_call.engine.directory import history_views
from tui_call.engine.service.faults import ClockDiffers
from tui_call.engine.service.link_state import LinkState
from tui_call.engine.sound.audio_settings import limits_of
from tui_call.engine.views.call import call_view, shield
from tui_call.engine.views.encryption import capability_views
from tui_call.foreign_text import clean
from tui_call.permissions.explain import Names
from tui_call.permissions.gate import CallFacts, PlatformFacts
from tui_call.sentences import sentence

if TYPE_CHECKING:
    from tui_call.engine.engine import Engine

_SERVICE_STATES: dict[LinkState, str] = {
    LinkState.CONNECTING: "connecting",
    LinkState.ONLINE: "online",
    LinkState.AWAY: "away",
    LinkState.BUSY: "away",
}


class Presentation:
    """Makes the parts of the snapshot."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def snapshot(self) -> Snapshot:
        """Return all parts."""
        return Snapshot(**{part: make() for part, make in self.makers().items()})

    def makers(self) -> dict[Part, Callable[[], Any]]:
        """Return for each part the function that makes it as it is now."""
        return {
            "me": self._me,
            "service": self._service,
            "encryption": lambda: self._engine.rights.view(
                self._engine.configuration.loaded, self._engine.own
            ),
            "people": self._people,
            "calls": self._calls,
            "devices": lambda: self._engine.devices,
            "settings": lambda: self._engine.configuration.views(
                self._engine.rights.limits(self._engine.own) | limits_of(self._engine.sound.audio)
            ),
            "history": lambda: history_views(
                past_calls(self._engine.history, self._engine.calls.current)
            ),
            "notices": lambda: tuple(self._engine.notices),
        }

    def _me(self) -> MeView:
        joined = self._engine.joined
        state = "locked" if self._engine.profile.state == "locked" else "ready" if joined else "new"
        if joined is None:
            return MeView(
                state,
                self._engine.paths.profile,
                protection=self._engine.profile.protection,
                asks_keyring=self._engine.asks_keyring,
            )
        digits = account_digits(self._engine.profile.identity.identity_key, joined.account)
        return MeView(
            state=state,
            profile=self._engine.paths.profile,
            name=clean(joined.name),
            account=joined.account,
            organisation=joined.organisation,
            organisation_name=clean(self._engine.organisation_name),
            role=self._engine.role,  # pyright: ignore[reportArgumentType]
            presence=self._engine.presence,
            presence_until=self._engine.presence_until,
            protection=self._engine.profile.protection,
            fingerprint=digits,
            device=self._engine.profile.identity.device_id.hex(),
            stay=self._engine.config.engine.stay,
            holds_key=self._engine.profile.identity.holds_account_key,
            devices=self._engine.own_devices.views(),
        )

    def _service(self) -> ServiceView:
        joined, link = self._engine.joined, self._engine.membership.link
        if joined is None or link is None:
            return ServiceView("none")
        state = _SERVICE_STATES.get(link.state, "refused")
        address = f"{joined.host}:{joined.port}"
        problem = self.service_problem()
        return ServiceView(state, self._engine.membership.personal, address, problem)  # pyright: ignore[reportArgumentType]

    def service_problem(self) -> SentenceView | None:
        """Return why the service is not online, None where it is or is still being reached."""
        joined, link = self._engine.joined, self._engine.membership.link
        if joined is None or link is None or link.fault is None:
            return None
        start_fault = self._engine.membership.start_fault
        if link.state is LinkState.AWAY and start_fault is not None:
            return SentenceView("SERVICE", "service", str(start_fault))
        if isinstance(link.fault, ClockDiffers):
            return link.fault.sentence
        if link.state.sentence:
            return sentence(link.state.sentence, org=joined.organisation, ver="")
        return SentenceView("SERVICE", "service", str(link.fault))

    def _people(self) -> tuple[Any, ...]:
        joined = self._engine.joined
        if joined is None:
            return ()
        key = self._engine.profile.identity.identity_key
        views = self._engine.people.views(
            self._engine.contacts, self._engine.history, joined.account, key
        )
        record = self._engine.calls.on
        if record is None or not record.first or record.code is None:
            return views
        # In a first call the key is new until it is compared, whatever was pinned meanwhile.
        return tuple(
            msgspec.structs.replace(
                view, standing=record.standing.value, e2ee=shield(record, time.time())
            )
            if view.account == record.account
            else view
            for view in views
        )

    def _calls(self) -> tuple[CallView, ...]:
        record, joined = self._engine.calls.current, self._engine.joined
        if record is None or joined is None:
            return ()
        key = self._engine.profile.identity.identity_key
        peer = self._engine.people.view(
            record.account, self._engine.contacts, self._engine.history, joined.account, key
        )
        capabilities = capability_views(
            CallFacts(record.phase),
            record.own,
            self.platform_facts(),
            Names(record.name, joined.organisation),
        )
        shown = call_view(
            record,
            peer,
            capabilities,
            has_microphone=self._engine.sound.has_microphone,
            has_speaker=self._engine.sound.has_speaker,
            wall=time.time(),
        )
        return (shown,)

    def platform_facts(self) -> PlatformFacts:
        """Return what the gate needs to know of this computer."""
        problem = self._engine.devices.problem
        return PlatformFacts(
            audio_library=problem is None or problem.code != "N_AUDIOLIB",
            microphone=self._engine.sound.has_microphone,
        )
