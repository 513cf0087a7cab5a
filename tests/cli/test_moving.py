"""tidings export, import and catch-up, as typed."""

from pathlib import Path

import pytest

from bot.store.process_lock import process_lock
from tests.cli.conftest import Shell


def test_everything_moves_to_another_database_and_the_old_one_is_closed(shell: Shell, tmp_path: Path) -> None:
    shell.run("feeds", "add", "--unchecked", "https://blog.example/feed")
    shell.run("export", str(tmp_path / "all.jsonl"))
    assert "feeds: 1" in shell.errors
    assert (tmp_path / "all.jsonl").stat().st_mode & 0o077 == 0
    shell.run("run", code=1)
    assert "was exported on" in shell.errors

    shell.set(DATABASE_URL=f"sqlite:///{tmp_path}/new.db")
    assert "and counted" in shell.run("import", str(tmp_path / "all.jsonl"))

    assert [feed["url"] for feed in shell.json("feeds", "list")["feeds"]] == ["https://blog.example/feed"]
    shell.run("import", str(tmp_path / "all.jsonl"), code=1)
    assert "not empty" in shell.errors


def test_a_running_bot_is_in_the_way_of_an_export_but_not_of_a_copy(shell: Shell, tmp_path: Path) -> None:
    shell.run("migrate")
    with process_lock(shell.folder / "tidings.db"):
        shell.run("export", str(tmp_path / "all.jsonl"), code=1)
        assert "Stop it first" in shell.errors
        shell.run("export", "--copy", str(tmp_path / "copy.jsonl"))

    assert not (tmp_path / "all.jsonl").exists()
    shell.run("export", "--copy", str(tmp_path / "copy.jsonl"), code=1)
    assert "not overwritten" in shell.errors


def test_bytes_that_are_no_text_are_refused_in_a_sentence(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "all.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00\x94")
    shell.run("import", str(tmp_path / "all.jsonl.gz"), code=1)
    assert shell.errors.startswith("This is not a file that `tidings export` wrote")


def test_an_export_that_fails_leaves_no_file_in_the_way_of_the_next(shell: Shell, tmp_path: Path) -> None:
    shell.run("migrate")
    shell.set(DATABASE_URL=f"sqlite:///{tmp_path}/tidings.db/no-folder/x.db")
    (tmp_path / "tidings.db").touch()
    shell.run("export", "--copy", str(tmp_path / "all.jsonl"), code=1)

    assert not (tmp_path / "all.jsonl").exists()


def test_an_export_can_be_undone(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run("export")
    assert shell.run("export", "--undo") == "The bot may use this database again.\n"


def test_a_missing_file_is_named(shell: Shell) -> None:
    shell.run("import", "nowhere.jsonl", code=1)
    assert shell.errors == "There is no file nowhere.jsonl.\n"


def test_catching_up_is_asked_for(shell: Shell) -> None:
    assert "catches up" in shell.run("catch-up")
