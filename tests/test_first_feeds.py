from collections.abc import Collection
from pathlib import Path

import pytest

from bot.app import load_first_feeds
from bot.domain.errors import BadSettings
from bot.domain.model import SHARED, FeedId
from bot.settings import Settings, load_settings
from bot.store.counts import SqlMarks
from bot.store.database import Database
from bot.store.known_feeds import SqlFeeds

PACK = (
    "packs: [{name: a, default: true, feeds: [{name: <a>, site: 'https://a.example/', feed: 'https://a.example/f'}]}]\n"
)


def settings(folder: Path, pack: str = PACK, **environment: str) -> Settings:
    (folder / "config").mkdir(exist_ok=True)
    (folder / "config" / "feeds.yaml").write_text(pack)
    return load_settings({"CONFIG_DIR": str(folder / "config"), **environment}, folder)


async def test_an_empty_database_gets_the_default_pack_once(sqlite: Database, tmp_path: Path) -> None:
    feeds = SqlFeeds(sqlite)
    await load_first_feeds(settings(tmp_path), SqlFeeds(sqlite), SqlMarks(sqlite))
    (feed,) = await feeds.pool(SHARED)
    await feeds.remove(SHARED, [feed.id], feed.next_poll_at)

    await load_first_feeds(settings(tmp_path), SqlFeeds(sqlite), SqlMarks(sqlite))

    assert feed.title == "<a>"
    assert await feeds.pool(SHARED) == []


async def test_a_start_that_died_while_it_loaded_them_is_made_up_for(sqlite: Database, tmp_path: Path) -> None:
    class Dying(SqlFeeds):
        async def add(self, *_: object, **__: object) -> Collection[FeedId]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await load_first_feeds(settings(tmp_path), Dying(sqlite), SqlMarks(sqlite))
    assert await SqlFeeds(sqlite).pool(SHARED) == []

    await load_first_feeds(settings(tmp_path), SqlFeeds(sqlite), SqlMarks(sqlite))

    assert [feed.title for feed in await SqlFeeds(sqlite).pool(SHARED)] == ["<a>"]


async def test_an_operator_may_start_without_it(sqlite: Database, tmp_path: Path) -> None:
    await load_first_feeds(settings(tmp_path, LOAD_DEFAULT_PACK="false"), SqlFeeds(sqlite), SqlMarks(sqlite))

    assert await SqlFeeds(sqlite).is_new()


async def test_a_faulty_pack_stops_the_start(sqlite: Database, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"config/feeds.yaml:1: One pack must say"):
        await load_first_feeds(
            settings(tmp_path, PACK.replace("default: true", "default: false")), SqlFeeds(sqlite), SqlMarks(sqlite)
        )
    assert await SqlFeeds(sqlite).is_new()
