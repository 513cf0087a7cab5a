"""Makes docs/images/subscribe.png, the animation in the README: `python -m tests.browser.film`.

An animated PNG: every browser plays it, and the standard library can write it.
"""

import asyncio
import struct
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.browser.chromium import Page, chromium, find_chromium
from tests.scenarios.bot_process import ROOT, running_bot

TARGET = ROOT / "docs" / "images" / "subscribe.png"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
Frame = tuple[bytes, int]


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the data of each chunk."""
    place = len(SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += length + 12


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def animated(frames: Sequence[Frame]) -> bytes:
    """Return one animated PNG out of PNGs of the same size, each with the milliseconds it is shown."""
    header = next(data for name, data in chunks(frames[0][0]) if name == b"IHDR")
    width, height = struct.unpack_from(">II", header)
    parts = [SIGNATURE, chunk(b"IHDR", header), chunk(b"acTL", struct.pack(">II", len(frames), 0))]
    number = 0
    for place, (png, shown) in enumerate(frames):
        control = struct.pack(">IIIIIHHBB", number, width, height, 0, 0, shown, 1000, 0, 0)
        parts.append(chunk(b"fcTL", control))
        number += 1
        for data in (data for name, data in chunks(png) if name == b"IDAT"):
            if place == 0:
                parts.append(chunk(b"IDAT", data))
            else:
                parts.append(chunk(b"fdAT", struct.pack(">I", number) + data))
                number += 1
    return b"".join([*parts, chunk(b"IEND", b"")])


async def play(page: Page, url: str) -> Sequence[Frame]:
    """Type /subscribe nlp, let three posts arrive, and return what was seen."""
    frames: list[Frame] = []
    await page.look(800, 560)
    await page.open(url)
    await page.until("document.querySelector('#empty:not([hidden])')")
    frames.append((await page.picture(), 900))
    await page.click("#box")
    for text in ("/sub", "scribe ", "nl", "p"):
        await page.type(text)
        await page.until(
            "!document.querySelector('#offers').hidden || document.getElementById('box').value.length > 13"
        )
        frames.append((await page.picture(), 420))
    await page.press("Escape")
    await page.press("Enter")
    await page.until("document.querySelector('.reply')")
    frames.append((await page.picture(), 1800))
    for number in (1, 2, 3):
        await page.until(f"document.querySelectorAll('.message.post').length >= {number}", patience=60)
        await page.until("document.getAnimations().every(one => one.playState === 'finished')")
        frames.append((await page.picture(), 3000 if number == 3 else 1500))
    return frames


async def main() -> None:
    program = find_chromium()
    assert program is not None, "There is no Chromium here."
    with tempfile.TemporaryDirectory() as folder:
        async with running_bot(Path(folder), {}, "demo") as bot, chromium(program) as page:
            film = animated(await play(page, f"{bot.url}/"))
    await asyncio.to_thread(TARGET.write_bytes, film)


if __name__ == "__main__":
    asyncio.run(main())
