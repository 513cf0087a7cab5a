"""How quick and how large the pages are in a real Chromium: what Lighthouse would ask, without Lighthouse."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.browser.chromium import Page, chromium, find_chromium
from tests.scenarios.bot_process import running_bot

PATHS = {"room": "/", "topics": "/topics", "topic page": "/topics/nlp", "search": "/topics/nlp?q=language"}
#: In milliseconds: what Google calls good for the largest paint, for how long scripts hold the page up, in all.
LARGEST_PAINT, BLOCKED = 2500, 200
ASK = """new Promise(done => {
  let paint = 0, shift = 0, blocked = 0;
  const watch = (type, each) => new PerformanceObserver(list => list.getEntries().forEach(each))
    .observe({type, buffered: true});
  watch('largest-contentful-paint', one => { paint = one.startTime; });
  watch('layout-shift', one => { if (!one.hadRecentInput) shift += one.value; });
  watch('longtask', one => { blocked += Math.max(0, one.duration - 50); });
  setTimeout(() => {
    const loads = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    const seen = [...document.querySelectorAll('a, button, input, select, summary')]
      .map(one => one.getBoundingClientRect()).filter(box => box.width > 1 && box.height > 1);
    const headings = [...document.querySelectorAll('h1, h2, h3')].map(one => one.tagName.slice(1)).join('');
    done({paint, shift, blocked, requests: loads.length,
      bytes: loads.reduce((sum, one) => sum + (one.encodedBodySize || 0), 0),
      smallest: Math.min(...seen.map(box => box.height)), headings,
      hosts: new Set(loads.map(one => new URL(one.name).host)).size});
  }, 1500);
})"""


def main(_arguments: Sequence[str]) -> int:
    """Print a line for each page, on a desk and on a phone; fail where one is slow."""
    program = find_chromium()
    if program is None:
        print("There is no Chromium here.")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder), program))


async def measure(folder: Path, program: str) -> int:
    fine = True
    async with running_bot(folder, {}, "demo") as bot, chromium(program) as page:
        await page.open(f"{bot.url}/topics/nlp")
        while await page.evaluate("document.querySelectorAll('article.post').length < 12"):
            await page.open(f"{bot.url}/topics/nlp")
        for place, width, height in (("desk", 1280, 860), ("phone", 390, 844)):
            await page.look(width, height, phone=width < 600)
            for name, path in PATHS.items():
                fine &= await report(page, f"{name}, {place}", f"{bot.url}{path}")
    return 0 if fine else 1


async def report(page: Page, name: str, url: str) -> bool:
    """Load a page with an empty cache and print what it took."""
    await page.call("Network.clearBrowserCache")
    await page.open(url)
    found: dict[str, Any] = await page.evaluate(ASK)
    print(
        f"{name}: largest paint {found['paint']:.0f} ms, blocked {found['blocked']:.0f} ms,"
        f" shift {found['shift']:.3f}, {found['requests']} requests to {found['hosts']} host,"
        f" {found['bytes'] / 1000:.1f} kB, lowest target {found['smallest']:.0f} px, headings {found['headings'][:12]}"
    )
    return bool(found["paint"] <= LARGEST_PAINT and found["blocked"] <= BLOCKED and found["hosts"] == 1)
