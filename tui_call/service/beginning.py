"""How an organisation begins: by an order that names it and who administers it first.

A personal service begins at its first start, and whoever comes first administers it. For more
people that would be whoever is quickest, so there the one who starts it names a person, whose link
works once.
"""

import ipaddress
import re
from dataclasses import dataclass

from tui_call.foreign_text import clean
from tui_call.identifiers import IdentifierError, parse_account_id, user_part_from_name
from tui_call.sentences import sentence
from tui_call.service.enrolment import GUEST
from tui_call.service.faults import OrganisationInvalid

LONGEST_ID = 32
LONGEST_NAME = 64
LONGEST_PERSON = 40
LONGEST_HOST = 253
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""Of a host's name (RFC 1123, section 2.1)."""


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """An organisation that is to begin.

    Attributes:
        id: part of each address behind the @.
        name: as people see it.
        administrator: what the first administrator is called.
    """

    id: str
    name: str
    administrator: str

    @property
    def administrator_address(self) -> str:
        """The first administrator's address."""
        return f"{user_part_from_name(self.administrator)}@{self.id}"


def new_organisation(organisation: str, name: str, administrator: str) -> NewOrganisation:
    """Return what was ordered, checked and cleaned.

    Args:
        organisation: its id.
        name: as people see it; "" is its id.
        administrator: name of the first administrator.

    Raises:
        OrganisationInvalid: the id cannot be in an address, nothing of a name can be shown, or the
            administrator's address would be one that is kept for guests.
    """
    try:
        parse_account_id(f"a@{organisation}")
    except IdentifierError as error:
        raise OrganisationInvalid("id", n=LONGEST_ID) from error
    if len(organisation) > LONGEST_ID:
        raise OrganisationInvalid("id", n=LONGEST_ID)
    shown, person = clean(name or organisation, LONGEST_NAME), clean(administrator, LONGEST_PERSON)
    if not shown or not person:
        raise OrganisationInvalid("name")
    new = NewOrganisation(organisation, shown, person)
    if new.administrator_address.startswith(GUEST):
        raise OrganisationInvalid(sentence("F_NAME_KEPT"))
    return new


def checked_public_address(host: str) -> str:
    """Return the host for invite links; IPv6 without brackets.

    Raises:
        OrganisationInvalid: neither a host's name nor an address.
    """
    bare = host.strip().removeprefix("[").removesuffix("]").lower()
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError as error:
        labels = bare.removesuffix(".").split(".")
        if len(bare) > LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
            raise OrganisationInvalid("address") from error
    return bare
