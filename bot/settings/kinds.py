"""The kinds of value a setting can have that Python has no type for: durations, networks, zones, languages."""

import ipaddress
import re
import zoneinfo
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, SecretStr

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
DURATION = re.compile(r"(\d+(?:\.\d+)?) ?([smhdw]?)")

IPv4Or6 = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_duration(value: object) -> object:
    """Read `20s`, `15m`, `24h`, `30d` or a number of seconds."""
    if isinstance(value, timedelta):
        return value
    match = DURATION.fullmatch(str(value).strip().lower())
    if match is None:
        raise ValueError(f"must be a duration such as 20s, 15m, 24h or 30d, not {value!r}")
    return timedelta(seconds=float(match[1]) * SECONDS[match[2]])


def read_list(value: object) -> object:
    """Read `a, b c` as three things; a YAML list stays as it is."""
    return tuple(re.split(r"[\s,]+", value.strip())) if isinstance(value, str) and value.strip() else value or ()


def read_networks(value: object) -> object:
    """Read networks such as `127.0.0.0/8, fd00::/8`."""
    listed = read_list(value)
    if not isinstance(listed, list | tuple):
        listed = (listed,)
    try:
        return tuple(ipaddress.ip_network(str(network)) for network in listed)
    except ValueError as error:
        raise ValueError(f"must be networks such as 127.0.0.0/8: {error}") from error


def read_zone(value: object) -> object:
    """Refuse a time zone that the IANA database does not have."""
    if str(value) not in zoneinfo.available_timezones():
        raise ValueError(f"must be an IANA time zone such as Europe/Berlin, not {value!r}")
    return str(value)


def read_code(value: object) -> object:
    """Read a language's code. A desktop's own LANGUAGE may list several, `de_AT:de:en`: the first counts."""
    code = str(value).partition(":")[0].partition(".")[0]
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", code):
        raise ValueError(f"must be a language's code such as en or de, not {value!r}")
    return code.replace("_", "-").lower()


def read_address(value: object) -> object:
    """Read an http(s) address, without a slash at its end."""
    text = str(value or "").strip()
    if text and not re.match(r"https?://[^/\s]+", text):
        raise ValueError(f"must be an address that starts with https:// or http://, not {value!r}")
    return text.rstrip("/") or None


Duration = Annotated[timedelta, BeforeValidator(read_duration)]
Names = Annotated[tuple[str, ...], BeforeValidator(read_list)]
Networks = Annotated[tuple[IPv4Or6, ...], BeforeValidator(read_networks)]
Zone = Annotated[str, BeforeValidator(read_zone)]
LanguageCode = Annotated[str, BeforeValidator(read_code)]
Address = Annotated[str | None, BeforeValidator(read_address)]
#: A secret's text is empty where it is not set; it never shows in a repr, a log or a traceback.
Secret = SecretStr
