"""By what a service is known: its key, whose certificate may be renewed."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from tests.engine.guests import Guests, anybody
from tests.support.members import shown_by
from tests.support.one_process import SERVICE, Resident, Village, until
from tui_call.engine.service import link_state
from tui_call.engine.service.link_state import LinkState
from tui_call.service.certificate import FILE
from tui_call.service.server import Service, ServiceOptions
from tui_call.service.store_place import DATABASE_FILE
from tui_call.signaling.invite import InviteLink, parse_invite
from tui_call.signaling.messages import Welcome
from tui_call.signaling.service_file import read_local_invite


@pytest.fixture
async def people() -> AsyncIterator[Guests]:
    async with Guests() as guests:
        yield guests


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServiceOptions:
    monkeypatch.setattr(link_state, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(link_state, "LONGEST_WAIT", 0.05)
    (tmp_path / "state").mkdir()
    return ServiceOptions(tmp_path / "state", listen="127.0.0.1")


def invite_of(options: ServiceOptions) -> InviteLink:
    return parse_invite(read_local_invite(options.state_directory))


def renew(state: Path) -> None:
    """Put another certificate of the same key in the place of the service's."""
    path = state / FILE
    written = path.read_bytes()
    old, key = x509.load_pem_x509_certificate(written), load_pem_private_key(written, None)
    assert isinstance(key, EllipticCurvePrivateKey)
    now = datetime.now(UTC)
    new = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=90))
        .sign(key, hashes.SHA256())
    )
    ending = written.index(b"-----BEGIN PRIVATE KEY")
    path.write_bytes(new.public_bytes(Encoding.PEM) + written[ending:])


async def test_a_renewed_certificate_of_the_same_key_is_the_same_service(
    options: ServiceOptions, people: Guests
) -> None:
    async with Service(options) as service:
        invite, before = invite_of(options), shown_by(options.state_directory)
        assert invite.pin == service.place.pin == before.key
        ada = await people.enrol(invite, "ada")
        await ada.hears(Welcome)
        assert ada.link.pins == (before.key,)
    renew(options.state_directory)
    assert shown_by(options.state_directory).whole != before.whole
    async with Service(options):
        await ada.hears(Welcome, 2)
        assert LinkState.WRONG_CERTIFICATE not in ada.states
        await people.enrol(replace(invite, code=invite_of(options).code), "ben")


async def test_who_pinned_the_certificate_goes_on_and_learns_its_key(
    options: ServiceOptions, people: Guests
) -> None:
    async with Service(options):
        certificate = shown_by(options.state_directory)
        invite = replace(invite_of(options), pin=certificate.whole)
        ada = await people.enrol(invite, "ada")
        await ada.hears(Welcome)
        assert ada.link.pins == (certificate.key,)
    renew(options.state_directory)
    async with Service(options):
        await ada.hears(Welcome, 2)
        too_late = people.connect(invite, anybody())
        await until(lambda: too_late.link.state is LinkState.WRONG_CERTIFICATE)


async def test_a_store_that_names_its_certificate_goes_on_and_learns_its_key(
    options: ServiceOptions,
) -> None:
    async with Service(options):
        pass
    state = options.state_directory
    certificate = shown_by(state)
    with contextlib.closing(sqlite3.connect(state / DATABASE_FILE)) as store, store:
        store.execute("UPDATE organisation SET own_certificate_sha256 = ?", [certificate.whole])
    async with Service(options) as service:
        assert service.organisation.own_certificate == certificate.whole
    renew(state)
    async with Service(options) as service:
        assert service.organisation.own_certificate == certificate.key


async def test_an_engine_that_pinned_the_certificate_keeps_the_key_in_its_profile(
    here: Village, ada: Resident
) -> None:
    profile, certificate = ada.engine.profile, shown_by(here.directory / SERVICE)
    membership = profile.membership
    assert membership is not None
    assert membership.pins == (certificate.key,)
    profile.membership = msgspec.structs.replace(membership, pin=certificate.whole, key_pins=())
    profile.save()
    await ada.engine.close()
    again = await here.engine("ada")
    await until(lambda: again.membership.welcomed.is_set())
    await again.close()
    joined = (await here.engine("ada")).profile.membership
    assert joined is not None
    assert (joined.pin, joined.pins) == (certificate.whole, (certificate.key,))
