"""One process polls and sends on an SQLite file."""

import multiprocessing
import os
import re
import signal
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from bot.domain.errors import AlreadyRunning, BadDatabase
from bot.store.process_lock import process_lock


def _hold(database: Path, holding: Event) -> None:
    with process_lock(database):
        holding.set()
        signal.pause()


def test_a_second_process_is_refused_with_what_to_do_until_the_first_dies(tmp_path: Path) -> None:
    database = tmp_path / "data" / "tidings.db"
    spawn = multiprocessing.get_context("spawn")
    holding = spawn.Event()
    first = spawn.Process(target=_hold, args=(database, holding))
    first.start()
    try:
        assert holding.wait(30)
        sentence = rf"process {first.pid}\) already polls and sends on {re.escape(str(database))}.*Stop it.*PostgreSQL"
        with pytest.raises(AlreadyRunning, match=sentence), process_lock(database):
            pass
    finally:
        first.kill()
        first.join()

    with process_lock(database):
        assert (tmp_path / "data" / "tidings.db.lock").read_text() == str(os.getpid())


def test_a_lock_let_go_can_be_taken_again(tmp_path: Path) -> None:
    with process_lock(tmp_path / "a.db"):
        pass

    with process_lock(tmp_path / "a.db"), process_lock(tmp_path / "b.db"):
        pass


def test_a_folder_that_cannot_be_written_is_named_with_who_cannot(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    database = tmp_path / "data" / "tidings.db"

    sentence = rf"user {os.geteuid()} cannot write {re.escape(str(database))}\.lock \(.+\)\. .* let that user write to"
    with pytest.raises(BadDatabase, match=sentence), process_lock(database):
        pass
