"""The topic pages and the operator's page in a real Chromium."""

from pathlib import Path

import pytest

from tests.browser.chromium import Page
from tests.browser.conftest import KeepPicture
from tests.scenarios.bot_process import running_bot

pytestmark = pytest.mark.browser


async def test_topic_pages_and_the_operators_page_are_read_and_searched(
    tmp_path: Path, page: Page, keep_picture: KeepPicture
) -> None:
    async with running_bot(tmp_path, {"ADMIN_TOKEN": "operator"}, "demo") as bot:
        await page.open(f"{bot.url}/topics")
        await page.until("document.querySelector('a[href=\"/topics/nlp\"]')")
        await page.open(f"{bot.url}/topics/nlp")
        while await page.evaluate("document.querySelectorAll('article.post').length < 4"):
            await page.open(f"{bot.url}/topics/nlp")
        await keep_picture(page, "topic-light")
        await page.look(390, 844, "dark", phone=True)
        await keep_picture(page, "topic-phone-dark")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.look(1280, 860, "light")

        await page.click("#q")
        await page.type("zzzz")
        await page.press("Enter")
        await page.until("document.querySelector('.nothing')?.innerText.startsWith('Nothing fits')")

        await page.open(f"{bot.url}/admin")
        await page.type("operator")
        await page.press("Enter")
        await page.until("document.querySelector('.numbers')")
        await keep_picture(page, "admin-light")
        # The page that asks for the token is a 401, and that is the one thing the browser remarks on.
        assert [said for said in page.complaints if "401" not in said] == []
