"""Three people with engines and a personal service, shared by tests that leave them in peace."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.company import Company, company_of
from tests.support.engines import Home, Street

REKEY_AFTER_S = 10
PEOPLE = ("ada", "ben", "cleo", "dora")
SOON = {
    "TUI_CALL_ENGINE__END_WHEN_IDLE_S": "3",
    "TUI_CALL_E2EE__REKEY_AFTER_S": str(REKEY_AFTER_S),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Street]:
    """One street a file: a device answers six invites a minute of one account, and no more."""
    async with Home(tmp_path_factory.mktemp("home"), **SOON) as home:
        ada = await home.person("ada")  # the first one administers
        ben, cleo = await asyncio.gather(home.person("ben"), home.person("cleo"))
        yield Street(home, ada, ben, cleo)


@pytest_asyncio.fixture(loop_scope="session")
async def street(shared_street: Street) -> AsyncIterator[Street]:
    """Ada, Ben and Cleo, without a call."""
    with shared_street.home.paths_here():
        yield shared_street
        await shared_street.rest()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_company(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    async with company_of(tmp_path_factory.mktemp("company"), *PEOPLE) as company:
        yield company


@pytest_asyncio.fixture(loop_scope="session")
async def company(shared_company: Company) -> AsyncIterator[Company]:
    """Ada, Ben, Cleo and Dora, without a call."""
    with shared_company.home.paths_here():
        yield shared_company
        await shared_company.rest()
