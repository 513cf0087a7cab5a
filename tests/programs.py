"""Tests that need a program of the machine: where there is none, the run says so and goes on without them."""

import contextlib
import functools
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.settings import PROJECT
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


def _without(find: Callable[[], str | None], sentence: str) -> Callable[[], str | None]:
    return lambda: None if find() else sentence


@functools.cache
def no_image() -> str | None:
    """Say why the image cannot be built here; None where it can."""
    docker = shutil.which("docker")
    if docker is None:
        return "there is no Docker here."
    if not _succeeds(docker, "info"):
        return "no Docker daemon answers here."
    base = (PROJECT / "Dockerfile").read_text(encoding="utf-8").split("FROM ")[1].split()[0]
    # A mirror or a machine without the net may have it already.
    if not _succeeds(docker, "image", "inspect", base) and not _succeeds(docker, "pull", "--quiet", base):
        return f"Docker has no {base} here, and cannot pull it."
    return None


def _succeeds(*command: str) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        return subprocess.run(command, capture_output=True, timeout=300, check=False).returncode == 0
    return False


@dataclass(frozen=True, slots=True)
class Program:
    """What the tests with a marker of that name need."""

    name: str
    #: Why they cannot run, and what to do about it; None where they can.
    why_not: Callable[[], str | None]
    #: Where CI cannot install it, its tests may be left out there, too.
    on_ci: bool = True


PROGRAMS = {
    "browser": Program(
        "Chromium", _without(find_chromium, "no Chromium here. Install one, or set CHROMIUM to its path.")
    ),
    "axe": Program(
        "axe-core",
        _without(find_axe, "no axe-core here. `.ci/run` says how to install it; AXE_CORE may name its axe.min.js."),
    ),
    "jing": Program("jing", _without(find_jing, "no jing here. Install Debian's package of that name.")),
    "pgbouncer": Program(
        "PgBouncer", _without(find_pgbouncer, "no PgBouncer here. Install Debian's package pgbouncer.")
    ),
    "docker": Program("Docker", no_image, on_ci=False),
}
LEFT_OUT = pytest.StashKey[list[str]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out of a run what cannot run on this machine; CI has to install what can be installed."""
    said = []
    for marker, program in PROGRAMS.items():
        ours = [item for item in items if item.get_closest_marker(marker)]
        why = program.why_not() if ours else None
        if why is None:
            continue
        if os.environ.get("CI") and program.on_ci:
            pytest.exit(f"CI has to install {program.name}: no test may be left out there.", returncode=1)
        items[:] = [item for item in items if item not in ours]
        config.hook.pytest_deselected(items=ours)
        said.append(f"{len(ours)} tests were left out: {why}")
    config.stash[LEFT_OUT] = said
    if hasattr(config, "workeroutput"):  # of a process of pytest-xdist, which prints nothing
        config.workeroutput["left_out"] = said


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object | None) -> None:
    """Take over what a process of pytest-xdist has left out."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for sentence in config.stash.get(LEFT_OUT, []):
        terminalreporter.write_line(sentence, yellow=True)
