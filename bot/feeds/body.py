"""Reading an answer's body step by step, never more of it than the cap allows.

Decompression is ours and in small steps: 1 MB on the wire may stand for 1 GB, and libraries that
decompress by themselves have handed over all of it at once (aiohttp CVE-2025-69223).
"""

import zlib
from collections.abc import AsyncIterator

from bot.domain.unsaid import stored

_STEP = 256 * 1024


class BodyError(Exception):
    """The body cannot be used; the message is one plain sentence."""


async def read_body(chunks: AsyncIterator[bytes], *, encoding: str, declared: int | None, cap: int) -> bytes:
    """Return the whole decompressed body, or raise BodyError as soon as it is known to be too long or broken."""
    if declared is not None and declared > cap:
        raise BodyError(_too_long(cap))
    if encoding in {"", "identity"}:
        return await _read(chunks, cap)
    if encoding in {"gzip", "x-gzip"}:
        return await _read_gzip(chunks, cap)
    raise BodyError(stored("The server compressed the feed in a way that was not asked for."))


async def _read(chunks: AsyncIterator[bytes], cap: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > cap:
            raise BodyError(_too_long(cap))
        parts.append(chunk)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _read_gzip(chunks: AsyncIterator[bytes], cap: int) -> bytes:
    gunzip = zlib.decompressobj(wbits=31)
    out = bytearray()
    wire = 0
    try:
        async for chunk in chunks:
            wire += len(chunk)
            if wire > cap:
                raise BodyError(_too_long(cap))
            rest = chunk
            while rest and not gunzip.eof:
                out += gunzip.decompress(rest, min(_STEP, cap + 1 - len(out)))
                if len(out) > cap:
                    raise BodyError(_too_long(cap))
                rest = gunzip.unconsumed_tail
            if gunzip.eof:
                break
    except zlib.error as error:
        raise BodyError(stored("The server's compressed answer is damaged.")) from error
    if not gunzip.eof:
        raise BodyError(stored("The server's answer broke off in the middle."))
    return bytes(out)


def _too_long(cap: int) -> str:
    return stored("The feed is larger than {size} MB.", size=cap // (1024 * 1024))
