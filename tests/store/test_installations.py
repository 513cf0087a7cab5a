"""bot.ports.Installations, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.ports.channels import StoredInstallation
from bot.store.database import Database
from bot.store.installations import SqlInstallations

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ACME = StoredInstallation(platform="slack", enterprise="", workspace="T1", data=b"sealed", installed_at=NOW)


async def test_the_newest_installation_of_a_workspace_is_returned(database: Database) -> None:
    store = SqlInstallations(database)
    again = replace(ACME, data=b"sealed anew", enterprise="E1")
    await store.put(ACME)
    await store.put(again)
    await store.put(replace(ACME, workspace="T2"))

    assert await store.get("slack", "T1") == again
    assert await store.get("slack", "T3") is None
    assert await store.workspaces("slack") == ["T1", "T2"]


async def test_a_removed_installation_is_gone_until_it_is_installed_again(database: Database) -> None:
    store = SqlInstallations(database)
    await store.put(ACME)
    await store.remove("slack", "T1")

    assert await store.get("slack", "T1") is None
    assert await store.workspaces("slack") == []
    await store.put(ACME)
    assert await store.get("slack", "T1") == ACME


async def test_a_state_is_taken_once_and_in_time(database: Database) -> None:
    store = SqlInstallations(database)
    await store.add_state("fresh", NOW + timedelta(minutes=5))
    await store.add_state("stale", NOW)

    assert await store.take_state("fresh", NOW)
    assert not await store.take_state("fresh", NOW)
    assert not await store.take_state("stale", NOW)
    assert not await store.take_state("invented", NOW)
