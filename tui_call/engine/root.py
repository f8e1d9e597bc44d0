"""Builds the engine, leaf to root: each part is given what it needs, and nobody its maker.

What stands below is built where it stands (`foundation`, `calls.assembly`, `commands.assembly`).
What happens below and matters above is told by the listeners that are named at the end.
"""

from collections.abc import Callable

from msgspec.structs import replace

from tui_call.config.paths import ProfilePaths
from tui_call.control.server import ControlServer, Handler
from tui_call.engine.calls.assembly import CallParts, build_calls
from tui_call.engine.commands.assembly import build_dispatch
from tui_call.engine.control_handler import ControlHandler
from tui_call.engine.engine import Engine
from tui_call.engine.foundation import EngineFoundation, lay_foundation
from tui_call.engine.news.link_news import LinkNews
from tui_call.engine.news.login_news import LoginNews
from tui_call.engine.news.network_follower import NetworkFollower
from tui_call.engine.news.rights_news import RightsNews
from tui_call.engine.news.service_news import Deliveries, ServiceNews
from tui_call.engine.news.service_upkeep import ServiceUpkeep
from tui_call.engine.periodic import PeriodicWork
from tui_call.engine.presentation import Presentation, ShownAccount, ShownCalls, ShownSettings
from tui_call.engine.readings import Readings
from tui_call.profile.profile import Profile
from tui_call.transport.impairment import Impairment


def build(
    paths: ProfilePaths,
    profile: Profile,
    make_server: Callable[[Handler], ControlServer],
    impairment: Impairment | None = None,
) -> Engine:
    """Return an engine that has not begun.

    Args:
        paths: of the person here.
        profile: of the same.
        make_server: makes what screens attach to, of what answers them.
        impairment: what befalls outgoing datagrams on purpose, None for nothing.
    """
    on = lay_foundation(paths, profile, impairment)
    parts = build_calls(on)
    shown = _presentation(on, parts)
    ground, person, captions = on.ground, on.person, parts.standard.captions
    handler = ControlHandler(
        shown, build_dispatch(on, parts), ground.changes, person.writer, captions
    )
    server = make_server(handler)
    rights_news = RightsNews(
        person.rights, parts.common.calls, on.service.membership, on.service.belonging,
        ground.changes, ground.notices,
    )  # fmt: skip
    news = _news(on, parts, rights_news)
    ground.changes.listen(
        lambda part: shown.tell(part, server),
        lambda account: shown.tell_person(account, server),
    )
    service, sound, common = on.service, on.sound, parts.common
    return Engine(
        profile, person.configuration, ground.ending, ground.clock, ground.changes,
        ground.notices, person.writer, person.account, person.rights, person.people,
        service.membership, service.postbox, service.relays, service.path_settings,
        service.network_watch, sound.sound, sound.devices, on.devices.own, common.calls,
        parts.watch, news, service.belonging, service.unlocking, sound.settings, handler, server,
        _periodic(on, parts, server, rights_news), ground.tasks,
    )  # fmt: skip


def _presentation(on: EngineFoundation, parts: CallParts) -> Presentation:
    """Return what screens see."""
    ground, person, service, common = on.ground, on.person, on.service, parts.common
    settings = ShownSettings(person.configuration, person.rights, on.sound.sound)
    calls = ShownCalls(
        person.account, person.people, common.calls, on.sound.sound, common.gatekeeper,
        ground.clock.now,
    )  # fmt: skip
    account = ShownAccount(
        ground.paths.profile, ground.profile, person.account, service.unlocking,
        person.configuration, person.rights, common.presence, service.membership,
        on.devices.list,
    )  # fmt: skip
    return Presentation(
        me=account.view,
        service=lambda: replace(service.membership.view(), more_people=person.people.more),
        encryption=settings.encryption,
        people=calls.people,
        person=calls.person,
        calls=calls.calls,
        devices=lambda: on.sound.devices.view,
        settings=settings.views,
        history=calls.history,
        notices=lambda: ground.notices.all,
    )


def _periodic(
    on: EngineFoundation, parts: CallParts, server: ControlServer, rights_news: RightsNews
) -> PeriodicWork:
    """Return what time brings."""
    ground, service, calls, sound = on.ground, on.service, parts.common.calls, on.sound.sound
    return PeriodicWork(
        calls, parts.watch, sound, on.devices.own, on.person.writer,
        ServiceUpkeep(
            service.membership, service.relays, rights_news, parts.common.presence,
            service.watched, on.devices.own, ground.tasks,
        ),
        on.sound.settings,
        NetworkFollower(
            service.network_watch, service.path_settings, ground.clock, service.membership,
            parts.watch,
        ),
        Readings(calls, sound, ground.clock.now, server, ground.changes),
        ground.tasks,
    )  # fmt: skip


def _news(on: EngineFoundation, parts: CallParts, rights_news: RightsNews) -> ServiceNews:
    """Return what takes what the service tells, and say who listens to what."""
    person, service, ground = on.person, on.service, on.ground
    membership, account, own_devices = service.membership, person.account, on.devices.own
    common, standard = parts.common, parts.standard
    news = ServiceNews(
        account, own_devices, person.people,
        LoginNews(
            account, membership, rights_news, common.presence, service.watched, own_devices,
            service.relays, parts.watch, ground.changes, ground.tasks,
        ),
        rights_news,
        Deliveries(account, own_devices, parts.incoming, parts.watch, service.postbox),
        standard.calls, standard.captions, common.log, ground.notices,
    )  # fmt: skip
    link_news = LinkNews(membership, person.people, parts.watch, ground.changes, ground.notices)
    membership.listen(news.take, link_news.link_changed)
    on.sound.sound.listen(common.focus.device_changed)
    on.sound.sound.listen(on.sound.devices.changed)
    return news
