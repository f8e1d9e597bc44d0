"""What follows from a change for those who are connected: some are turned out, others told."""

from tui_call.service.bus.bus import Bus
from tui_call.service.bus.traffic import Address, PersonTouched, TurnOut
from tui_call.service.changes import WholeOutcome
from tui_call.service.database.records import AccountRecord, DeviceRecord
from tui_call.service.database.rows import ChangedRecord, paced
from tui_call.signaling.messages import NameChanged, RoleChanged


class ChangeNews:
    """Tells of changes over the bus."""

    def __init__(self, bus: Bus, organisation: str) -> None:
        """Tell over a bus; the organisation is the name that people read."""
        self._bus = bus
        self._organisation = organisation

    async def tell(self, outcome: WholeOutcome) -> None:
        """Tell of what was changed, once it is stored."""
        async for changed in paced(outcome.records):
            record = changed.record
            if isinstance(record, AccountRecord):
                self._tell_of_person(record.id, changed)
            elif isinstance(record, DeviceRecord):
                self._tell_of_device(record, changed)

    def _tell_of_person(self, account: str, changed: ChangedRecord) -> None:
        before, after = changed.before, changed.after
        assert before is None or isinstance(before, AccountRecord)
        assert after is None or isinstance(after, AccountRecord)
        if after is None:
            self._bus.publish(Address(account), TurnOut("device_revoked"))
        elif after.disabled is not None:
            self._bus.publish(Address(account), TurnOut("login_refused", self._organisation))
        elif before is not None and before.name != after.name:
            self._bus.publish(Address(account), NameChanged(after.name))
        if before is not None and after is not None and before.role != after.role:
            self._bus.publish(Address(account), RoleChanged(after.role))
        if before is None or after is None or _differs_to_others(before, after):
            self._bus.announce(PersonTouched(account, joined=before is None))

    def _tell_of_device(self, device: DeviceRecord, changed: ChangedRecord) -> None:
        if not isinstance(changed.after, DeviceRecord) or changed.after.revoked is not None:
            self._bus.publish(Address(device.account, device.id), TurnOut("device_revoked"))
        self._bus.announce(PersonTouched(device.account))


def _differs_to_others(before: AccountRecord, after: AccountRecord) -> bool:
    """Tell whether somebody is called otherwise, or may be here who might not, or the reverse."""
    return (before.name, before.disabled) != (after.name, after.disabled)
