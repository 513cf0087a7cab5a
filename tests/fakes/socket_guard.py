"""Counts every connection that this process opens, or tries to, outside loopback."""

import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_outside: list[str] = []
_watching = 0


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple):
        host = str(address[0])
        try:
            inside = ipaddress.ip_address(host.partition("%")[0]).is_loopback
        except ValueError:
            inside = host == "localhost"
        if not inside:
            _outside.append(f"{host}:{address[1]}")


# An audit hook sees what no patch of ours could miss, and cannot be taken off again: it is put on once.
sys.addaudithook(_hook)


@contextmanager
def socket_guard() -> Iterator[list[str]]:
    """Give the list of addresses outside loopback that were connected to within the block."""
    global _watching  # noqa: PLW0603
    _outside.clear()
    _watching += 1
    try:
        yield _outside
    finally:
        _watching -= 1
