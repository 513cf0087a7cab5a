"""Which addresses a feed may be fetched from.

The check is made on the very address that a socket is about to be opened to, so neither a name
that changes its answer between two look-ups nor a literal address passes by it.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.domain.unsaid import stored

REFUSED = stored("That address is not allowed.")
_REMEMBERED = 50_000
PORTS = frozenset({80, 443, 8080, 8443})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Our own table: `is_private` and `is_global` changed between Python releases (CVE-2024-4032) and
# leave out 100.64/10 (carrier-grade NAT, where one cloud keeps its metadata host).
_CLOSED_4 = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# IPv6 the other way round: only what is handed out for the public internet is open.
_OPEN_6 = ipaddress.ip_network("2000::/3")
_CLOSED_6 = tuple(ipaddress.ip_network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(OSError):
    """The address is private, reserved, or on a port that feeds do not use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Says which addresses may be connected to."""

    #: Networks that are private and still allowed: people who host feeds inside.
    inside: tuple[Network, ...] = ()
    ports: frozenset[int] = PORTS
    _known: dict[str, bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_inside(self, address: str) -> bool:
        """Whether the literal *address* lies in a network that was allowed by setting."""
        if not self.inside:
            return False
        known = self._known.get(address)
        if known is None:
            ip = _parse(address)
            known = ip is not None and any(ip in net for net in self.inside if net.version == ip.version)
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._known[address] = known
        return known

    def permits(self, address: str, port: int) -> bool:
        """Whether a connection to the literal *address* may be opened."""
        return self.is_inside(address) or (port in self.ports and is_public(address))

    def socket(self, info: tuple[Any, Any, int, str, tuple[Any, ...]]) -> socket.socket:
        """Open the socket for a connection, or raise AddressRefused; the hook of the connector."""
        family, kind, protocol, _, address = info
        if not self.permits(str(address[0]), int(address[1])):
            raise AddressRefused(REFUSED)
        return socket.socket(family, kind, protocol)


@lru_cache(maxsize=8192)
def is_public(address: str) -> bool:
    """Whether a literal address belongs to the public internet, whatever form it hides in."""
    ip = _parse(address)
    if ip is None:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in net for net in _CLOSED_4)
    if ip in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip in _OPEN_6 and not any(ip in net for net in _CLOSED_6)


@lru_cache(maxsize=8192)
def _parse(address: str) -> Address | None:
    """The address, an IPv4 one that is written inside IPv6 unwrapped; None where it is no address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip


@dataclass(slots=True)
class GuardedResolver(AbstractResolver):
    """Looks names up in threads and refuses a name as a whole when one of its addresses is closed."""

    guard: Guard
    #: Names that were found to lie inside an allowed private network.
    inside: set[str] = field(default_factory=set)
    # A slow name server must not hold up the others: 36,000 blogs are as many names.
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(16, thread_name_prefix="names"))

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Find the addresses of *host*; raise AddressRefused when any of them is not permitted."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        )
        addresses = [(info[0], str(info[4][0])) for info in found]
        if not all(self.guard.permits(address, port) for _, address in addresses):
            raise AddressRefused(REFUSED)
        if self.guard.inside and all(self.guard.is_inside(address) for _, address in addresses):
            self.inside.add(host)
        return _answers(host, port, addresses)

    async def close(self) -> None:
        """Let the look-ups that are under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _answers(host: str, port: int, addresses: Sequence[tuple[int, str]]) -> list[ResolveResult]:
    return [
        ResolveResult(
            hostname=host,
            host=address,
            port=port,
            family=family,
            proto=socket.IPPROTO_TCP,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for family, address in addresses
    ]
