"""A browser for tests."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.chromium import Page, chromium, find_chromium

HERE = Path(__file__).parent


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
