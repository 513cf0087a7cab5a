"""Pages written from the code are current, and what the pages name exists."""

import os
import re
from pathlib import Path

import pytest
import typer

from bot.cli import cli
from bot.cli.docs import commands_page, settings_page
from bot.commands.table import TABLE
from bot.domain.transitions import picture
from bot.settings import PROJECT
from bot.settings.sources import all_settings

PAGES = sorted([PROJECT / "README.md", PROJECT / "CHANGELOG.md", *(PROJECT / "docs").rglob("*.md")])


@pytest.mark.parametrize(("name", "page"), [("settings.md", settings_page), ("commands.md", commands_page)])
def test_a_page_written_from_the_code_is_current(name: str, page: object) -> None:
    path = PROJECT / "docs" / name
    text = (settings_page() if page is settings_page else commands_page()).rstrip("\n") + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == text


def operators_commands() -> set[str]:
    """Return `feeds add`, `run` and so on."""
    found: set[str] = set()
    root = typer.main.get_command(cli)
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        found |= {f"{name} {below}" for below in getattr(command, "commands", {})} or {name}
    return found


def verbs_of_run() -> set[str]:
    """Return the verbs of ./run that are not the program's own."""
    script = (PROJECT / "run").read_text(encoding="utf-8")
    return set(re.findall(r"\b[a-z]+\b", " ".join(re.findall(r"^    ([a-z |]+)\)", script, re.MULTILINE))))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    known = operators_commands()
    named = re.findall(r"(?:^|`)(?:tidings|\./run|python -m bot) ([a-z-]+)(?: ([a-z-]+))?", text, re.MULTILINE)

    unknown = {
        f"{first} {second}".strip()
        for first, second in named
        if first not in verbs_of_run() and first not in known and f"{first} {second}" not in known
    }

    assert unknown == set()


def test_every_chat_command_that_the_readme_names_exists() -> None:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    verbs = {command.verb for command in TABLE}

    named = set(re.findall(r"`/tidings ([a-z]+(?: [a-z]+)?)", text))
    unknown = {name for name in named if name not in verbs and name.split()[0] not in verbs}
    assert unknown == set()
    assert set(re.findall(r"`/(\w+)", text)) - {"tidings"} <= verbs | {"why", "metrics", "admin", "healthz", "readyz"}


def test_every_setting_that_the_readme_names_exists() -> None:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    known = {setting.name for setting in all_settings()}

    assert set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", text)) <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_file_that_a_page_links_to_exists(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_file_that_the_internals_name_exists() -> None:
    text = (PROJECT / "docs" / "internals.md").read_text(encoding="utf-8")

    named = set(re.findall(r"`((?:bot|config|tests|docs)/[\w/.-]+)`", text))
    assert named
    assert {name for name in named if not (PROJECT / name).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_test_that_a_page_links_to_is_in_that_file(page: Path) -> None:
    links = re.findall(r"\[`(test_\w+)`\]\(([^)]+\.py)\)", page.read_text(encoding="utf-8"))

    # A file may stand for all of its tests.
    named = [(name, page.parent / path) for name, path in links if Path(path).stem != name]
    assert [name for name, path in named if f"def {name}(" not in path.read_text(encoding="utf-8")] == []


def test_each_fault_of_the_matrix_is_linked_to_its_test() -> None:
    text = (PROJECT / "docs" / "reliability.md").read_text(encoding="utf-8")
    matrix = text[text.index("## The fault matrix") : text.index("## Where the method ends")]
    rows = [line for line in matrix.splitlines() if line.startswith("| ")][1:]

    assert len(rows) > 20
    assert [row for row in rows if "](../tests/" not in row.split("|")[3]] == []


def test_the_picture_of_a_message_is_drawn_from_the_table() -> None:
    path = PROJECT / "docs" / "reliability.md"
    before, _, rest = path.read_text(encoding="utf-8").partition("```mermaid\n")
    drawn, fence, after = rest.partition("\n```\n")
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(f"{before}```mermaid\n{picture()}{fence}{after}", encoding="utf-8")
        drawn = picture()

    assert drawn == picture()
