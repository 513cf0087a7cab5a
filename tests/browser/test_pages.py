"""The topic pages and the operator's page in a real Chromium."""

from pathlib import Path

import pytest

from tests.browser.chromium import Page
from tests.browser.conftest import KeepPicture
from tests.browser.seeded import busy_day
from tests.scenarios.bot_process import running_bot

pytestmark = pytest.mark.browser


async def test_topic_pages_and_the_operators_page_are_read_and_searched(
    tmp_path: Path, page: Page, keep_picture: KeepPicture
) -> None:
    async with running_bot(tmp_path, {}, "demo") as bot:
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

        assert page.complaints == []


async def test_the_operators_page_shows_a_busy_day_and_lets_a_message_go(
    tmp_path: Path, page: Page, keep_picture: KeepPicture
) -> None:
    await busy_day(tmp_path)
    async with running_bot(tmp_path, {"ADMIN_TOKEN": "operator"}, "run") as bot:
        await page.look(1280, 1640)
        await page.open(f"{bot.url}/admin")
        await page.click("#token")
        await page.type("operator")
        await page.press("Enter")
        await page.until("document.querySelector('.groups')")
        await keep_picture(page, "admin-light")
        await page.look(390, 844, "dark", phone=True)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await keep_picture(page, "admin-phone-dark")
        assert await page.evaluate("document.querySelectorAll('.moves').length") == 2

        await page.click(".moves .danger")
        await page.until("document.querySelectorAll('.moves').length === 1")
        # The page that asks for the token is a 401, and that is the one thing the browser remarks on.
        assert [said for said in page.complaints if "401" not in said] == []
