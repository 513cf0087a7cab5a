"""A browser for tests, where there is one; where there is none, the run says so and goes on without them."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.chromium import Page, chromium, find_chromium

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the browser tests out of a run on a machine without a browser, and say why at its end."""
    if find_chromium():
        return
    ours = [item for item in items if item.get_closest_marker("browser")]
    if ours and os.environ.get("CI"):
        pytest.exit("CI has to install Chromium: the browser tests may not be left out there.", returncode=1)
    if ours:
        items[:] = [item for item in items if item not in ours]
        config.hook.pytest_deselected(items=ours)
        config.stash[LEFT_OUT] = len(ours)


LEFT_OUT = pytest.StashKey[int]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if number := config.stash.get(LEFT_OUT, 0):
        why = f"{number} browser tests were left out: no Chromium here. Install one, or set CHROMIUM to its path."
        terminalreporter.write_line(why, yellow=True)


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """One tab of a new browser."""
    program = find_chromium()
    assert program is not None
    async with chromium(program) as tab:
        await tab.look(1280, 860)
        yield tab


@pytest.fixture
def keep_picture() -> "KeepPicture":
    return KeepPicture()


class KeepPicture:
    """Writes what a page looks like into docs/images, where UPDATE_IMAGES=1 asks for it."""

    async def __call__(self, page: Page, name: str) -> None:
        data = await page.picture()
        assert data.startswith(b"\x89PNG")
        if os.environ.get("UPDATE_IMAGES"):
            folder = HERE.parents[1] / "docs" / "images"
            await asyncio.to_thread(folder.mkdir, exist_ok=True)
            await asyncio.to_thread((folder / f"{name}.png").write_bytes, data)
