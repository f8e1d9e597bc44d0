"""What a person orders, from a screen or from the command line: one function an action."""

import asyncio
import secrets
import time
from collections.abc import Mapping

import structlog

from tui_call.control import actions
from tui_call.control.actions import Action
from tui_call.control.server import ActionRefused
from tui_call.engine.account.keeping import apart
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.gatekeeper import insist
from tui_call.engine.commands.addressed import insist_on_call
from tui_call.engine.commands.comparing import accept_key, compare
from tui_call.engine.commands.device_actions import (
    carry_out_for_devices,
    export,
    link_this_device,
    restore,
)
from tui_call.engine.directory import MOST_NAME
from tui_call.engine.engine import Engine
from tui_call.engine.service.faults import ServiceAway, TooMany
from tui_call.engine.service.link import ServiceLink
from tui_call.engine.views.sentences import day, denied_sentence
from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.identifiers import parse_account_id, parse_identifier
from tui_call.permissions.admission import CallSide, Denied, may_call
from tui_call.permissions.explain import Names
from tui_call.permissions.gate import IN_CALL, Capability
from tui_call.permissions.settings import AccountSetting
from tui_call.profile.contacts import Standing
from tui_call.profile.identity import NoAccountKey
from tui_call.profile.keyring_backend import KeyringUnavailable
from tui_call.reasons import EndReason, GateReason
from tui_call.sentences import sentence
from tui_call.signaling import messages as signaling
from tui_call.signaling.device_link import is_device_link
from tui_call.signaling.invite import parse_invite
from tui_call.transport.probing import how_many_answer

log = structlog.get_logger()

LOOKUP_WITHIN = 20.0

Result = Mapping[str, str | int | float]


async def carry_out(engine: Engine, action: Action) -> Result:  # noqa: C901 - an arm each
    """Carry out an action and return what it gives.

    Raises:
        ActionRefused: not now, with the sentence that says why.
        TuiCallError: something failed.
    """
    if isinstance(action, actions.CallAction):
        insist_on_call(engine.calls, action)
    match action:
        case (
            actions.SetUp() | actions.Unlock() | actions.Join() | actions.Stop()
            | actions.CreateInvite() | actions.ChangePolicy() | actions.ChangeAccountSetting()
            | actions.ChangeName()
        ):  # fmt: skip
            return await _belong(engine, action)
        case actions.LinkDevice() | actions.ListDevices() | actions.RemoveDevice():
            return await carry_out_for_devices(engine, action)
        case actions.Export():
            return await export(engine, action)
        case actions.Restore():
            async with engine.belonging:
                return await restore(engine, action)
        case actions.ChangeSetting(key, value):
            return await _change_setting(engine, key, value)
        case actions.ChooseDevice(kind, device):
            return await _change_setting(engine, f"audio.{kind}", device or None)
        case actions.UseFiles(source, target):
            return await _use_files(engine, source, target)
        case actions.ListenToMicrophone(on):
            return await _listen(engine, on)
        case actions.HearYourself(on):
            return await _hear_yourself(engine, on)
        case actions.LookForDevices():
            await engine.refresh_devices()
        case actions.AskRelays():
            servers = engine.service_relays.servers(time.monotonic())
            return {"named": len(servers), "answer": await how_many_answer(servers)}
        case actions.Call(person):
            return _call(engine, person)
        case actions.AcceptKey():
            accept_key(engine, action)
        case actions.Compare():
            compare(engine, action)
        case actions.AddContact() | actions.Block() | actions.Forget():
            return _contact(engine, action)
        case actions.SetPresence(presence, until):
            engine.set_presence(presence, until)
        case actions.MarkMissedSeen():
            engine.history.mark_missed_seen()
            engine.save()
        case actions.UseCapability(name):
            _use_capability(engine, name)
        case _:
            _in_call(engine, action)
    return {}


def _in_call(engine: Engine, action: Action) -> None:  # noqa: C901 - an arm each
    switchboard = engine.switchboard
    match action:
        case actions.Answer(muted):
            switchboard.answer(muted=muted)
        case actions.Decline():
            switchboard.decline()
        case actions.Silence():
            switchboard.silence()
        case actions.HangUp():
            switchboard.hang_up()
        case actions.DismissCall():
            switchboard.dismiss()
        case actions.Mute(on):
            switchboard.mute(on)
        case actions.Hold(on):
            switchboard.hold(on)
        case actions.Swap():
            raise ActionRefused("wrong_state", sentence=sentence("N_NO_OTHER_CALL"))
        case actions.FindNewPath():
            switchboard.find_new_path()
        case actions.Note(text):
            switchboard.write_note(text)
        case _:
            raise ActionRefused("unknown_command", "This engine does not know that.")


# Calls


def _call(engine: Engine, person: str) -> Result:
    joined = engine.joined
    if engine.profile.state == "locked":
        raise ActionRefused("gate", sentence=sentence(GateReason.KEY_LOCKED, "own"))
    if joined is None:
        raise ActionRefused("wrong_state", "Set up tui-call first: run tui-call.")
    link = engine.membership.link
    if link is not None and link.state.is_refusal:
        raise ActionRefused("not_allowed", sentence=engine.presentation.service_problem())
    account = engine.people.resolve(person, engine.contacts, joined.account)
    if engine.calls.busy:
        raise ActionRefused("wrong_state", "A call is on. End it first.")
    contact = engine.contacts.get(account)
    if contact.key_standing is Standing.DIFFERED:
        name = engine.name_of(account)
        words = sentence(EndReason.CODES_DIFFERED_BEFORE, peer=name, date=day(contact.since))
        raise ActionRefused("not_allowed", sentence=words)
    refused = may_call(engine.own, None, CallSide.CALLER)
    if isinstance(refused, Denied):
        names = Names(engine.name_of(account), joined.organisation)
        raise ActionRefused("gate", sentence=denied_sentence(refused, engine.own, names))
    record = engine.switchboard.begin(secrets.token_bytes(16), account)
    engine.tasks.spawn(_find_and_call(engine, record))
    return {"call": record.id.hex()}


async def _find_and_call(engine: Engine, record: CallState) -> None:
    engine.tasks.spawn(engine.sound.open_early())  # devices take their time
    reason = EndReason.NO_SERVICE
    try:
        devices = await _find_devices(_link(engine), record.account)
        if devices:
            engine.switchboard.place(record, devices)
            return
        known = any(view.account == record.account for view in engine.snapshot().people)
        reason = EndReason.OFFLINE if known else EndReason.NO_SUCH_PERSON
    except TooMany:
        reason = EndReason.TOO_MANY_CALLS
    except Exception as error:
        # Whatever the service answered, or the settings name: the call must not stay half begun.
        log.error("call not placed", error=type(error).__name__)
    engine.manager.fail(record, reason)


async def _find_devices(link: ServiceLink, account: str) -> list[bytes]:
    """Return the devices of an account that are online, the oldest first."""
    answer = await link.request(
        lambda number: signaling.Lookup(number, account), timeout=LOOKUP_WITHIN
    )
    if not isinstance(answer, signaling.People):
        raise ServiceAway
    return [
        parse_identifier(device.id)
        for person in answer.people
        for device in person.devices
        if person.account == account and device.online
    ]


def _use_capability(engine: Engine, name: str) -> None:
    """Answer for a capability that has no action of its own: off, with the reason."""
    try:
        capability = Capability(name)
    except ValueError as error:
        raise ActionRefused("unknown_command", "There is no such capability.") from error
    platform = engine.presentation.platform_facts()
    insist(capability, engine.calls.current, engine.own, platform)
    if capability in IN_CALL:
        raise ActionRefused("invalid", "That has a command of its own.")


def _contact(engine: Engine, action: actions.AddContact | actions.Block | actions.Forget) -> Result:
    if engine.joined is None:
        raise ActionRefused("wrong_state", "Set up tui-call first.")
    account = parse_account_id(action.account.strip().casefold())
    match action:
        case actions.AddContact(_, person):
            engine.contacts.add(account, clean(person, MOST_NAME))
        case actions.Block(_, on):
            engine.contacts.block(account, on)
            if on:
                engine.switchboard.leave(account)
        case actions.Forget(_, at):
            engine.history.forget(account, at)
            if not at:
                engine.contacts.remove(account)
            engine.publish("history")
    engine.save()
    return {}


# Sound and settings


async def _change_setting(engine: Engine, key: str, value: str | None) -> Result:
    if (held := engine.configuration.held(key)) is not None:
        raise ActionRefused("wrong_state", sentence=held)
    if key.startswith("audio."):
        await _change_audio(engine, key, value)
    else:
        engine.configuration.change(key, value)
    engine.publish("me", "encryption", "settings", "calls")
    return {}


async def _change_audio(engine: Engine, key: str, value: str | None) -> None:
    """Write what works: a device that cannot be opened now is not looked for in the next call."""
    await engine.sound.use(engine.configuration.with_change(key, value).audio)
    try:
        engine.configuration.change(key, value)
    except LocalFault:
        await engine.use_audio()  # those that the file still names
        raise
    await engine.refresh_devices()


async def _use_files(engine: Engine, source: str, target: str) -> Result:
    problem = None if source or target else await engine.sound.finish_files()
    await engine.sound.use_files(source, target)
    await engine.refresh_devices()
    return {} if problem is None else {"code": problem.code, "text": problem.text}


async def _listen(engine: Engine, on: bool) -> Result:
    engine.sound.listening = on
    if on:
        await engine.sound.open()
    elif not (engine.calls.busy or engine.sound.tried_out):
        await engine.sound.close()
    await engine.refresh_devices()
    return {}


async def _hear_yourself(engine: Engine, on: bool) -> Result:
    if on and engine.calls.busy:
        raise ActionRefused("wrong_state", "Hear yourself after the call: they hear you now.")
    if on:
        await engine.sound.hear_yourself(
            lambda: engine.tasks.spawn(_hear_yourself_no_more(engine)), lambda: engine.calls.busy
        )
    else:
        await _hear_yourself_no_more(engine)
    await engine.refresh_devices()
    return {}


async def _hear_yourself_no_more(engine: Engine) -> None:
    if engine.sound.hearing_yourself:
        engine.sound.stop_hearing_yourself()
        if not (engine.calls.busy or engine.sound.tried_out):
            await engine.sound.close()
        await engine.refresh_devices()


# Identity and service


async def _belong(engine: Engine, action: Action) -> Result:
    match action:
        case actions.SetUp() | actions.Unlock() | actions.Join():
            # What an invite gave must be kept even where the screen that asked is gone meanwhile.
            await asyncio.shield(asyncio.ensure_future(_change_identity(engine, action)))
        case actions.CreateInvite():
            answer = await _link(engine).request(lambda number: signaling.CreateInvite(number))
            if not isinstance(answer, signaling.InviteCreated):
                raise ServiceAway
            return {"link": parse_invite(answer.link).link, "expires": answer.expires}
        case actions.ChangePolicy(e2ee_calls, compared, relay_only):
            await _link(engine).request(
                lambda number: signaling.ChangePolicy(number, e2ee_calls, compared, relay_only)
            )
        case actions.ChangeAccountSetting(e2ee_calls):
            await _link(engine).request(lambda number: signaling.ChangeSetting(number, e2ee_calls))
        case actions.ChangeName(wanted):
            name = _named(wanted)
            await _link(engine).request(lambda number: signaling.ChangeName(number, name))
            return {"name": engine.joined.name if engine.joined else name}
        case _:
            asyncio.get_running_loop().call_soon(engine.stopping.set)
    return {}


async def _change_identity(
    engine: Engine, action: actions.SetUp | actions.Unlock | actions.Join
) -> None:
    # Two screens may order this at once; an identity is made, opened or moved by one.
    async with engine.belonging:
        match action:
            case actions.SetUp():
                await _set_up(engine, action)
            case actions.Unlock(passphrase):
                if engine.profile.state != "ready":
                    await apart(lambda: engine.profile.unlock(passphrase))
                    await engine.connect()
            case actions.Join(link, e2ee):
                await _join(engine, link, e2ee=e2ee)


def _named(wanted: str) -> str:
    """Return a name as others will see it, or refuse one of which nothing can be shown."""
    name = clean(wanted, MOST_NAME)
    if not name:
        raise ActionRefused("invalid", "Type a name first.")
    return name


async def _set_up(engine: Engine, action: actions.SetUp) -> None:
    """Make the identity, join, and set policy and setting as the person chose."""
    if is_device_link(action.invite):
        await link_this_device(engine, action)
        return
    name = _named(action.person)
    if engine.joined is not None:
        raise ActionRefused("wrong_state", "You are set up already.")
    if engine.profile.state == "new":
        await _create_identity(engine, action)
    profile = engine.profile
    profile.membership = await engine.membership.enrol(action.invite, name, profile.identity)
    await engine.keeper.now()
    await engine.connect()
    await _choose_encryption(engine, on=action.e2ee)


async def _create_identity(engine: Engine, action: actions.SetUp) -> None:
    try:
        await asyncio.to_thread(engine.profile.create, action.protection, action.passphrase)
    except KeyringUnavailable as error:
        raise ActionRefused("unavailable", sentence=sentence("N_KEYRING")) from error


async def _join(engine: Engine, link: str, *, e2ee: bool | None) -> None:
    """Leave the present service for that of an invite; identity and choice of E2EE stay."""
    if is_device_link(link):
        raise ActionRefused(
            "wrong_state", "You have an identity here. Use: tui-call --profile NAME join LINK"
        )
    joined = engine.joined
    if joined is None:
        raise ActionRefused("wrong_state", "Set up tui-call first.")
    if parse_invite(link).pin == joined.pin and engine.welcomed.is_set():
        raise ActionRefused("wrong_state", "You belong to that service already.")
    if engine.calls.busy:
        raise ActionRefused("wrong_state", "A call is on. End it first.")
    profile = engine.profile
    if not profile.identity.holds_account_key:
        raise NoAccountKey
    had_e2ee = engine.rights.account_setting is not AccountSetting.OFF
    profile.membership = await engine.membership.enrol(link, joined.name, profile.identity)
    profile.identity = profile.identity.confirmed(())  # what was linked was of the former account
    await engine.keeper.now()
    await engine.connect()
    await _choose_encryption(engine, on=had_e2ee if e2ee is None else e2ee)


async def _choose_encryption(engine: Engine, *, on: bool) -> None:
    """Set the own setting, and in an own organisation its policy where that rules E2EE out."""
    link = _link(engine)
    await engine.online(LOOKUP_WITHIN)
    policy = engine.rights.policy
    if on and engine.role == "admin" and policy is not None and policy.e2ee_calls == "disabled":
        await link.request(lambda number: signaling.ChangePolicy(number, "user_choice"))
    setting = "on" if on else "off"
    await link.request(lambda number: signaling.ChangeSetting(number, setting))


def _link(engine: Engine) -> ServiceLink:
    if engine.membership.link is None:
        raise ServiceAway
    return engine.membership.link
