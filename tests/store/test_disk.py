"""Refuse to keep a database where the next restart wipes it."""

from pathlib import Path

import pytest

from bot.domain.errors import GiveUp
from bot.store.disk import check_disk, is_mounted


def test_a_folder_that_is_not_there_yet_counts_as_its_parent(tmp_path: Path) -> None:
    assert not is_mounted(tmp_path / "a" / "b", root=tmp_path)


def test_another_device_is_a_mount(tmp_path: Path) -> None:
    assert is_mounted(Path("/proc/self"), root=tmp_path)


def test_a_wiped_disk_is_refused_and_may_be_accepted(tmp_path: Path) -> None:
    database = tmp_path / "tidings.db"

    with pytest.raises(GiveUp, match="Heroku wipes"):
        check_disk(database, {"DYNO": "web.1"}, allowed=False)
    assert "Heroku" in (check_disk(database, {"DYNO": "web.1"}, allowed=True) or "")
    assert check_disk(database, {}, allowed=False) is None
