"""Which addresses may be connected to: every form a private one can hide in."""

import ipaddress
import socket

import pytest

from bot.feeds.guard import AddressRefused, Guard, GuardedResolver, is_public

CLOSED = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7"),
    *("203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1", "5f00::1"),
    *("", "localhost", "not an address"),
]
OPEN = ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "100.128.0.1"]


@pytest.mark.parametrize("address", CLOSED)
def test_a_private_address_is_closed_in_every_form(address: str) -> None:
    assert not is_public(address)
    assert not Guard().permits(address, 80)


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_open(address: str) -> None:
    assert Guard().permits(address, 443)


def test_only_the_ports_of_the_web_are_open() -> None:
    guard = Guard()

    assert [port for port in (22, 25, 80, 443, 5432, 8080, 8443) if guard.permits("1.1.1.1", port)] == [
        80,
        443,
        8080,
        8443,
    ]


def test_a_network_allowed_by_setting_is_open_on_any_port_and_nothing_beside_it() -> None:
    guard = Guard(inside=(ipaddress.ip_network("127.0.0.0/8"),))

    assert guard.permits("127.0.0.1", 9999)
    assert guard.permits("::ffff:127.0.0.1", 9999)
    assert not guard.permits("10.0.0.1", 80)
    assert not guard.permits("::1", 80)


def test_the_socket_is_refused_for_the_very_address_it_would_connect_to() -> None:
    with pytest.raises(AddressRefused):
        Guard().socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 80)))


@pytest.mark.parametrize("name", ["localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
async def test_a_name_that_leads_inside_is_refused(name: str) -> None:
    resolver = GuardedResolver(Guard())

    with pytest.raises(AddressRefused):
        await resolver.resolve(name, 80)
    await resolver.close()


async def test_the_resolver_remembers_which_names_lie_in_an_allowed_network() -> None:
    resolver = GuardedResolver(Guard(inside=(ipaddress.ip_network("127.0.0.0/8"),)))

    found = await resolver.resolve("localhost", 8000)
    await resolver.close()

    assert {"127.0.0.1"} == {answer["host"] for answer in found}
    assert {"localhost"} == resolver.inside
