"""What config/feeds.yaml says: packs of blogs by topic, and everything that is wrong with it, by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import BadSettings
from bot.domain.following import FoundFeed
from bot.domain.located import Fault, Located, Path, read_yaml
from bot.domain.typed import as_url

_PACK = {"name", "about", "default", "includes", "feeds"}
_FEED = {"name", "site", "feed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Blogs that belong together; those of the packs it includes are among them."""

    name: str
    about: str
    #: Loaded into an empty database.
    default: bool
    feeds: tuple[FoundFeed, ...]


def read_packs(text: str, file: str) -> tuple[Pack, ...]:
    """Return the packs of a file's *text*, or raise BadSettings with every mistake in it."""
    reading = _Reading(read_yaml(text, file), file)
    packs = () if reading.faults else reading.packs()
    if reading.faults:
        raise BadSettings(sorted(reading.faults, key=lambda fault: fault.line or 0))
    return packs


def default_feeds(packs: Sequence[Pack]) -> tuple[FoundFeed, ...]:
    """Return the feeds of the packs marked default, each once."""
    return _once(feed for pack in packs if pack.default for feed in pack.feeds)


def _once(feeds: Any) -> tuple[FoundFeed, ...]:
    return tuple({feed.url: feed for feed in feeds}.values())


class _Reading:
    def __init__(self, located: Located, file: str) -> None:
        self._located = located
        self._file = file
        self.faults = list(located.faults)

    def _fault(self, path: Path, text: str) -> None:
        self.faults.append(Fault(file=self._file, line=self._located.line(path) or 1, text=text))

    def packs(self) -> tuple[Pack, ...]:
        top = self._located.value
        if not isinstance(top, dict) or set(top) != {"packs"} or not isinstance(top["packs"], list):
            self._fault((), "This file holds a list of packs under `packs:`, and nothing else.")
            return ()
        found: dict[str, Pack] = {}
        for number, value in enumerate(top["packs"]):
            path: Path = ("packs", number)
            if not self._is_mapping(value, _PACK, path, "A pack"):
                continue
            name = str(value.get("name") or "")
            if not name or name in found:
                self._fault(path, f"The pack {name} is here twice." if name else "A pack needs a `name`.")
                continue
            found[name] = self._pack(name, value, found, path)
        if not any(pack.default for pack in found.values()):
            self._fault(("packs",), "One pack must say `default: true`.")
        return tuple(found.values())

    def _pack(self, name: str, value: dict[str, Any], known: dict[str, Pack], path: Path) -> Pack:
        feeds: list[FoundFeed] = []
        for other in value.get("includes") or ():
            if other not in known:
                self._fault((*path, "includes"), f"The pack {name} includes {other}, which does not stand above it.")
            else:
                feeds += known[other].feeds
        for number, one in enumerate(value.get("feeds") or ()):
            if feed := self._feed(one, (*path, "feeds", number)):
                feeds.append(feed)
        if not feeds:
            self._fault(path, f"The pack {name} has no feeds.")
        about, default = str(value.get("about") or ""), value.get("default") is True
        return Pack(name=name, about=about, default=default, feeds=_once(feeds))

    def _feed(self, value: Any, path: Path) -> FoundFeed | None:
        if not self._is_mapping(value, _FEED, path, "A feed"):
            return None
        for key in ("site", "feed"):
            address = value.get(key)
            if not isinstance(address, str) or as_url(address) != address:
                self._fault(path, f"A feed needs its `{key}`, an address that starts with https:// or http://.")
                return None
        return FoundFeed(url=value["feed"], title=str(value.get("name") or "") or None, site=value["site"])

    def _is_mapping(self, value: Any, known: set[str], path: Path, what: str) -> bool:
        if not isinstance(value, dict):
            self._fault(path, f"{what} has {', '.join(sorted(known))}.")
            return False
        for key in value:
            if key not in known:
                self._fault((*path, key), f"{what} has no `{key}`; it has {', '.join(sorted(known))}.")
        return True
