"""What axe-core finds on every page: nothing. And what a screen reader is told."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import Page, Theme
from tests.browser.seeded import busy_day
from tests.programs import find_axe
from tests.scenarios.bot_process import running_bot

pytestmark = [pytest.mark.browser, pytest.mark.axe]
DESK, PHONE = (1280, 860), (390, 844)
LOOKS: Sequence[tuple[tuple[int, int], Theme]] = ((DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark"))
RUN = """axe.run(document, {resultTypes: ['violations']}).then(found => JSON.stringify(
    found.violations.map(each => [each.id, each.help, each.nodes.slice(0, 3).map(node => node.target.join(' '))])))"""


async def faults(page: Page) -> list[Any]:
    """Return what axe-core finds wrong, on a desk and a phone, by day and by night."""
    axe = find_axe()
    assert axe is not None
    await page.evaluate(Path(axe).read_text(encoding="utf-8") + "; 0")  # noqa: ASYNC240 - a small file of our own
    found = []
    for (width, height), theme in LOOKS:
        await page.look(width, height, theme, phone=width < 600)
        await page.until("document.getAnimations().every(one => one.playState === 'finished')")
        found += [(width, theme, *each) for each in json.loads(await page.evaluate(RUN))]
    await page.look(*DESK)
    return found


async def told(page: Page) -> list[tuple[str, str]]:
    """Return (role, name) of everything a screen reader is told, in its order."""
    await page.call("Accessibility.enable")
    tree = await page.call("Accessibility.getFullAXTree")
    nodes = [node for node in tree["nodes"] if not node["ignored"] and "role" in node]
    return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes]


async def heard(page: Page) -> AsyncIterator[tuple[str, str]]:
    """Yield (role, politeness) of everything that is read out when it changes."""
    tree = await page.call("Accessibility.getFullAXTree")
    for node in tree["nodes"]:
        for each in node.get("properties", ()):
            if each["name"] == "live":
                yield node["role"]["value"], each["value"]["value"]


async def test_topic_pages_have_no_fault(tmp_path: Path, page: Page) -> None:
    async with running_bot(tmp_path, {}, "demo") as bot:
        await page.open(f"{bot.url}/topics/nlp")
        while await page.evaluate("document.querySelectorAll('article.post').length < 4"):
            await page.open(f"{bot.url}/topics/nlp")
        assert await faults(page) == []
        roles = await told(page)
        assert [role for role, _ in roles if role in {"main", "banner", "search"}] == ["banner", "main", "search"]
        assert ("searchbox", "Words to look for") in roles
        assert ("combobox", "Blog") in roles
        for path in ("/topics", "/topics/nlp?q=zzzz", "/topics/nowhere"):
            await page.open(f"{bot.url}{path}")
            assert await faults(page) == [], path


async def test_the_operators_page_and_its_sign_in_have_no_fault(tmp_path: Path, page: Page) -> None:
    await busy_day(tmp_path)
    async with running_bot(tmp_path, {"ADMIN_TOKEN": "operator", "ROOM_TOKEN": "room"}, "run") as bot:
        await page.open(f"{bot.url}/admin")
        assert await faults(page) == []
        await page.click("#token")
        await page.type("operator")
        await page.press("Enter")
        await page.until("document.querySelector('.groups')")
        assert await faults(page) == []
        roles = await told(page)
        assert [name for role, name in roles if role == "table"] == [
            "Messages that wait for you",
            "Feeds that are not well",
            "Channels nothing is sent to",
        ]
        assert ("button", "Drop: A spell checker for old maps") in roles
        await page.open(f"{bot.url}/")
        assert await faults(page) == []


async def test_the_room_has_no_fault_and_tells_a_screen_reader_what_comes(tmp_path: Path, page: Page) -> None:
    async with running_bot(tmp_path, {}, "demo") as bot:
        await page.open(f"{bot.url}/")
        await page.until("document.querySelector('#empty:not([hidden])')")
        assert await faults(page) == []
        for command in ("/subscribe nlp", "/latest rust", "/tidings"):
            await page.click("#box")
            await page.type(command)
            await page.press("Escape")
            await page.press("Enter")
        await page.until("document.querySelectorAll('.reply').length === 3")
        await page.until("document.querySelectorAll('.message.post').length >= 1", patience=60)
        await page.click(".message.post .more summary")
        assert await faults(page) == []

        roles = await told(page)
        assert [role for role, _ in roles if role in {"main", "navigation", "log"}] == ["main", "navigation", "log"]
        assert {("navigation", "Channels"), ("log", "Messages"), ("combobox", "Command")} <= set(roles)
        assert [role for role, name in roles if role in {"button", "link", "textbox", "combobox"} and not name] == []
        assert {each async for each in heard(page)} == {("log", "polite"), ("status", "polite")}


async def test_the_room_can_be_installed_on_a_phone(tmp_path: Path, page: Page) -> None:
    async with running_bot(tmp_path, {"ROOM_TOKEN": "room"}, "run") as bot:
        await page.open(f"{bot.url}/")
        await page.type("room")
        await page.press("Enter")
        await page.until("document.querySelector('#box')")
        manifest = await page.call("Page.getAppManifest")
        assert manifest["errors"] == []
        assert {icon["sizes"] for icon in json.loads(manifest["data"])["icons"]} == {"any", "192x192", "512x512"}
        assert (await page.call("Page.getInstallabilityErrors"))["installabilityErrors"] == []
