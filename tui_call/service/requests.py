"""What a member asks of the service, and what is done about it."""

from tui_call.foreign_text import clean
from tui_call.service.administration import require_administrator, require_unlinked
from tui_call.service.context import ServiceContext
from tui_call.service.database import LoginRecord
from tui_call.service.enrolment import shown_name
from tui_call.service.faults import Malformed, TooMany, Unavailable
from tui_call.service.online_devices import LiveDevice
from tui_call.signaling import administration
from tui_call.signaling.messages import (
    Administer,
    AskForRelays,
    ChangeName,
    ChangePolicy,
    ChangeSetting,
    CreateInvite,
    Done,
    InviteCreated,
    LinkDevice,
    ListPeople,
    MalformedMessage,
    People,
    RemoveDevice,
)

Change = ChangeSetting | ChangeName | ChangePolicy | RemoveDevice
Request = ListPeople | CreateInvite | LinkDevice | AskForRelays | Administer | Change


async def answer(
    service: ServiceContext, device: LiveDevice, member: LoginRecord, request: Request
) -> None:
    """Do what a member asks, and tell the device the outcome.

    Raises:
        Refused: the leaf for why not.
    """
    match request:
        case ListPeople():
            found = await service.directory.search(device, clean(request.text))
            device.put(People(request.request, found))
        case CreateInvite():
            require_administrator(member.role)
            issued = await service.enrolment.invite(by=member.account)
            device.put(InviteCreated(request.request, issued.link, issued.expires, issued.opened))
        case LinkDevice():
            require_unlinked(member.linked_by)
            _limit_changes(service, member)
            issued = await service.enrolment.link(member.account, member.device)
            device.put(InviteCreated(request.request, issued.link, issued.expires, issued.opened))
        case AskForRelays():
            device.put(service.relays.grant(request.request, service.wall_clock()))
        case Administer():
            try:
                administration.decode(request.body)
            except MalformedMessage as error:
                raise Malformed(error.sentence) from error
            require_administrator(member.role)
            raise Unavailable
        case ChangeSetting() | ChangeName() | ChangePolicy() | RemoveDevice():
            await _change(service, device, member, request)


async def _change(
    service: ServiceContext, device: LiveDevice, member: LoginRecord, change: Change
) -> None:
    if not isinstance(change, ChangePolicy | RemoveDevice):  # of administrators; for safety
        _limit_changes(service, member)
    match change:
        case ChangeSetting():
            await service.administration.change_setting(device, change.e2ee_calls)
        case ChangeName():
            if await service.administration.rename(device, shown_name(change.name)):
                await service.directory.announce(member.account)
        case ChangePolicy():
            await service.administration.change_policy(member.account, member.role, change)
        case RemoveDevice():
            await service.administration.revoke_device(device, change.device)
            await service.directory.announce(member.account)
    device.put(Done(change.request))
    if isinstance(change, RemoveDevice):
        service.administration.turn_out(change.device)


def _limit_changes(service: ServiceContext, member: LoginRecord) -> None:
    """Raise `TooMany` where a member makes the audit grow by changing to and fro."""
    if not service.change_limit.take(member.account):
        raise TooMany
