"""The operators' commands as they are typed, with a database and a folder of their own."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.settings import PROJECT


class Shell:
    """Runs commands and keeps what they printed."""

    def __init__(self, folder: Path, environment: pytest.MonkeyPatch, printed: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._environment = environment
        self._printed = printed
        #: What the last command said on standard error.
        self.errors = ""

    def set(self, **environment: str) -> None:
        for name, value in environment.items():
            self._environment.setenv(name, value)

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command, see that it ends with *code*, and return what it printed."""
        with pytest.raises(SystemExit) as end:
            main(words)
        printed, self.errors = self._printed.readouterr()
        assert (end.value.code or 0) == code, printed + self.errors
        return printed

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    # `run` sends the log to standard error, which is another file in the next test.
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path, monkeypatch, capsys)
    shell.set(
        DATABASE_URL=f"sqlite:///{tmp_path}/tidings.db",
        CONFIG_DIR=str(PROJECT / "config"),
        ALLOW_PRIVATE_NETWORKS="127.0.0.0/8",
        POLLING_PARSERS="0",
        TERM="dumb",
        COLUMNS="200",
    )
    yield shell
    root.handlers[:] = handlers
    root.setLevel(level)
