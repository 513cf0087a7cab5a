"""Tests that need a program of the machine: where there is none, the run says so and goes on without them."""

import functools
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.chromium import find_chromium
from tests.pgbouncer import find_pgbouncer

#: Where .ci/run puts it; AXE_CORE names another place.
AXE = Path("~/.cache/tidings-tests/node_modules/axe-core/axe.min.js")


def find_axe() -> str | None:
    """Return axe-core's script; None where it is not installed."""
    path = Path(os.environ.get("AXE_CORE") or AXE).expanduser()
    return str(path) if path.is_file() else None


def find_jing() -> str | None:
    """Return the RELAX NG validator; None where there is none."""
    return shutil.which("jing")


@functools.cache
def find_docker() -> str | None:
    """Return the program where a daemon answers it."""
    docker = shutil.which("docker")
    if docker is None:
        return None
    asked = subprocess.run([docker, "info"], capture_output=True, timeout=30, check=False)
    return docker if asked.returncode == 0 else None


@dataclass(frozen=True, slots=True)
class Program:
    """What the tests with a marker of that name need."""

    find: Callable[[], str | None]
    name: str
    #: What to do about it.
    advice: str
    #: Where CI cannot install it, its tests may be left out there, too.
    on_ci: bool = True


PROGRAMS = {
    "browser": Program(find_chromium, "Chromium", "Install one, or set CHROMIUM to its path."),
    "axe": Program(find_axe, "axe-core", "`.ci/run` says how to install it; AXE_CORE may name its axe.min.js."),
    "jing": Program(find_jing, "jing", "Install Debian's package of that name."),
    "pgbouncer": Program(find_pgbouncer, "PgBouncer", "Install Debian's package pgbouncer."),
    "docker": Program(find_docker, "Docker daemon", "The image is built where there is one.", on_ci=False),
}
LEFT_OUT = pytest.StashKey[dict[str, int]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out of a run what cannot run on this machine; CI has to install what can be installed."""
    missing = [marker for marker, program in PROGRAMS.items() if not program.find()]
    left_out: dict[str, int] = {}
    for marker in missing:
        ours = [item for item in items if item.get_closest_marker(marker)]
        if ours and os.environ.get("CI") and PROGRAMS[marker].on_ci:
            pytest.exit(f"CI has to install {PROGRAMS[marker].name}: no test may be left out there.", returncode=1)
        if ours:
            items[:] = [item for item in items if item not in ours]
            config.hook.pytest_deselected(items=ours)
            left_out[marker] = len(ours)
    config.stash[LEFT_OUT] = left_out


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for marker, number in config.stash.get(LEFT_OUT, {}).items():
        program = PROGRAMS[marker]
        why = f"{number} tests were left out: no {program.name} here. {program.advice}"
        terminalreporter.write_line(why, yellow=True)
