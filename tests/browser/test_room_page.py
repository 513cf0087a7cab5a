"""The room in a real Chromium, with the real program behind it."""

from pathlib import Path

import pytest

from tests.browser.chromium import Page
from tests.browser.conftest import KeepPicture
from tests.scenarios.bot_process import running_bot

pytestmark = pytest.mark.browser
CARDS = "document.querySelectorAll('.message.post').length"


async def test_a_newcomer_subscribes_sees_announcements_and_unsubscribes(
    tmp_path: Path, page: Page, keep_picture: KeepPicture
) -> None:
    async with running_bot(tmp_path, {}, "demo") as bot:
        await page.open(f"{bot.url}/")
        await page.until("document.querySelector('#empty:not([hidden])')")
        await page.click("#box")
        await page.type("/sub")
        await page.until("!document.querySelector('#offers').hidden")
        await page.press("Tab")
        await page.type("nlp")
        await page.press("Enter")

        await page.until("document.querySelector('.reply')?.innerText.includes('Watching 15 blogs')")
        await page.until(f"{CARDS} >= 4", patience=60)
        await page.until("document.getAnimations().every(one => one.playState === 'finished')")
        await keep_picture(page, "room-light")
        await page.look(1280, 860, "dark")
        await keep_picture(page, "room-dark")
        await page.look(390, 844, "light", phone=True)
        await keep_picture(page, "room-phone")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.look(1280, 860, "light")

        await page.click(".message.post .more summary")
        await page.click(".message.post .more[open] .entries button")
        await page.until("document.querySelectorAll('.reply').length === 2")

        await page.click("#box")
        await page.type("/unsubscribe nlp")
        await page.press("Escape")
        await page.press("Enter")
        await page.until("document.querySelectorAll('.reply').length === 3")
        assert page.complaints == []


async def test_the_room_is_used_by_keyboard_alone(tmp_path: Path, page: Page) -> None:
    async with running_bot(tmp_path, {}, "run") as bot:
        await page.open(f"{bot.url}/")
        await page.until("document.querySelector('#empty:not([hidden])')")
        for text in ("/tidings help", "/topics"):
            await page.click("#box")
            await page.type(text)
            await page.press("Escape")
            await page.press("Enter")
        await page.until("document.querySelectorAll('.reply').length === 2")
        await page.press("ArrowUp")
        await page.press("ArrowUp")
        await page.until("document.getElementById('box').value === '/tidings help'")
        await page.press("ArrowDown")
        await page.until("document.getElementById('box').value === '/topics'")

        await page.evaluate("document.getElementById('new-name').focus()")
        await page.type("rust news")
        await page.press("Enter")
        await page.until("document.getElementById('channel-name').textContent === 'rust-news'")
        await page.press("ArrowUp", modifiers=1)  # Alt
        await page.until("document.getElementById('channel-name').textContent === 'general'")
        assert page.complaints == []


async def test_a_token_is_asked_for_once(tmp_path: Path, page: Page) -> None:
    async with running_bot(tmp_path, {"ROOM_TOKEN": "correct horse"}, "run") as bot:
        await page.open(f"{bot.url}/")
        await page.type("wrong")
        await page.press("Enter")
        await page.until("document.querySelector('.wrong')")
        await page.click("#token")
        await page.type("correct horse")
        await page.press("Enter")
        await page.until("document.querySelector('#box')")
        await page.open(f"{bot.url}/")
        await page.until("document.querySelector('#empty:not([hidden])')")
        # The refusal of the wrong token is the one thing the browser remarks on.
        assert [said for said in page.complaints if "403" not in said] == []
