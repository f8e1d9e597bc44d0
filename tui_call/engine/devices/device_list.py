"""The person's devices: which there are, as the service told last and as this one knows them."""

from tui_call.control.selection import device_named
from tui_call.control.views import OwnDeviceView
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.directory import KnownPeople
from tui_call.engine.phrases import ANOTHER_DEVICE
from tui_call.engine.service.faults import ServiceAway
from tui_call.engine.service.membership import ServiceMembership
from tui_call.foreign_text import clean
from tui_call.profile.profile import Profile
from tui_call.signaling import messages as signaling
from tui_call.signaling.vocabulary import Device

MOST_NAME = 32


class DeviceList:
    """Who asks gets them by name, by id, or as screens show them."""

    def __init__(
        self,
        profile: Profile,
        account: OwnAccount,
        people: KnownPeople,
        membership: ServiceMembership,
    ) -> None:
        self._profile = profile
        self._account = account
        self._people = people
        self._membership = membership

    async def refresh(self) -> tuple[signaling.Person, ...]:
        """Ask the service for the devices of the account, and return what it says.

        Raises:
            ServiceFault: it is away, or refused.
        """
        account = self._account.address
        answer = await self._membership.request(lambda number: signaling.Lookup(number, account))
        if not isinstance(answer, signaling.People):
            raise ServiceAway
        self._people.learn(answer.people)
        return answer.people

    @property
    def online(self) -> set[str]:
        """The ids of those that are online, in hexadecimal, as the service told last."""
        return {device.id for device in self._listed() if device.online}

    def find(self, text: str) -> OwnDeviceView:
        """Return another device by its name, or by the beginning of its id.

        Raises:
            NoOtherDevice, SeveralDevices: as `device_named`.
        """
        return device_named(self.views(), text)

    def views(self) -> tuple[OwnDeviceView, ...]:
        """Return the devices of the person, this one first."""
        identity = self._profile.identity
        listed = {device.id: device for device in self._listed()}
        linked = {device.device_id.hex(): device for device in identity.linked}
        here = identity.device_id.hex()
        holder = identity.stored.link.holder.hex() if identity.stored.link else here
        removed = {device.hex() for device in identity.stored.removed}
        ids = [here, *(one for one in {**listed, **linked} if one != here and one not in removed)]
        return tuple(
            OwnDeviceView(
                id=one,
                name=clean(
                    linked[one].name if one in linked else _name(listed.get(one)), MOST_NAME
                ),
                online=one == here or (one in listed and listed[one].online),
                here=one == here,
                holds_key=one == holder,
                linked=one in linked,
                since=linked[one].since if one in linked else 0,
            )
            for one in ids
        )

    @property
    def other(self) -> str:
        """The cleaned name of the one other device that is online, or words where it is not one."""
        views = self.views() if self._account.joined else ()
        names = [view.name for view in views if view.online and not view.here]
        return names[0] if len(names) == 1 else ANOTHER_DEVICE

    def _listed(self) -> tuple[Device, ...]:
        joined = self._account.joined
        return self._people.devices_of(joined.account) if joined else ()


def _name(device: Device | None) -> str:
    return device.name if device is not None and device.name else "device"
