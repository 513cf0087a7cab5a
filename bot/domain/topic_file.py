"""What config/topics.yaml says, and everything that is wrong with it, by line."""

import re
from collections.abc import Iterable, Mapping, Set
from typing import Any, get_args

from bot.domain.errors import BadSettings
from bot.domain.located import Fault, Located, Path, read_yaml
from bot.domain.model import Strictness
from bot.domain.names import name_key
from bot.domain.terms import Term
from bot.domain.vocabulary import THRESHOLDS, Topic, Weight, ancestors

WEIGHTS: tuple[Weight, ...] = get_args(Weight)
_KEYS = ("name", "parent", "aliases", "categories", "thresholds", *WEIGHTS)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def read_topics(text: str, file: str) -> tuple[Topic, ...]:
    """Return the topics of a file's *text*, or raise BadSettings with every mistake in it."""
    reading = _Reading(read_yaml(text, file), file)
    topics = () if reading.faults else reading.topics()
    if reading.faults:
        raise BadSettings(sorted(reading.faults, key=lambda fault: fault.line or 0))
    return topics


class _Reading:
    def __init__(self, located: Located, file: str) -> None:
        self._located = located
        self._file = file
        self.faults = list(located.faults)

    def _fault(self, path: Path, text: str) -> None:
        self.faults.append(Fault(file=self._file, line=self._located.line(path) or 1, text=text))

    def topics(self) -> tuple[Topic, ...]:
        top = self._mapping(self._located.value, ())
        self._check_keys(top, {"topics"}, ())
        located = self._mapping(top.get("topics"), ("topics",))
        if not located:
            self._fault(("topics",), "no topics: list them under `topics`")
        topics = tuple(self._topic(str(slug), parts) for slug, parts in located.items())
        self._check_parents(topics)
        self._check_names(topics)
        return topics

    def _topic(self, slug: str, value: Any) -> Topic:
        path: Path = ("topics", slug)
        parts = self._mapping(value, path)
        self._check_keys(parts, set(_KEYS), path)
        if not _SLUG.fullmatch(slug):
            self._fault(path, f"topic `{slug}`: write its name with a-z, 0-9 and single hyphens")
        terms = self._terms(slug, parts)
        categories = self._names(parts, (*path, "categories"))
        if not categories and not any(terms[weight] for weight in terms if weight != "not"):
            self._fault(path, f"topic `{slug}` is empty: it has no term and no category")
        return Topic(
            slug=slug,
            label=self._text(parts.get("name", slug), (*path, "name")),
            aliases=self._names(parts, (*path, "aliases")),
            parent=self._text(parts["parent"], (*path, "parent")) if "parent" in parts else None,
            categories=categories,
            terms=terms,
            thresholds=self._thresholds(parts, path),
        )

    def _terms(self, slug: str, parts: Mapping[Any, Any]) -> dict[Weight, tuple[str, ...]]:
        seen: dict[tuple[object, ...], str] = {}
        terms: dict[Weight, tuple[str, ...]] = {}
        for weight in WEIGHTS:
            path: Path = ("topics", slug, weight)
            terms[weight] = self._texts(parts, path)
            for number, text in enumerate(terms[weight]):
                self._check_term(text, seen, (*path, number))
        return terms

    def _check_term(self, text: str, seen: dict[tuple[object, ...], str], path: Path) -> None:
        term = Term(text)
        if fault := term.fault:
            self._fault(path, f"the term `{text}` {fault}")
            return
        # Two spellings of one term would count twice.
        same = {(term.keeps_case, term.is_prefix, *words) for words in term.spellings()}
        if twin := next((seen[key] for key in same if key in seen), None):
            self._fault(path, f"the term `{text}` is in this topic already, as `{twin}`")
        seen |= dict.fromkeys(same, text)

    def _thresholds(self, parts: Mapping[Any, Any], path: Path) -> Mapping[Strictness, float]:
        found = dict(THRESHOLDS)
        given = self._mapping(parts.get("thresholds"), (*path, "thresholds"))
        self._check_keys(given, set(Strictness), (*path, "thresholds"))
        for strictness in Strictness:
            value = given.get(strictness, found[strictness])
            if not isinstance(value, int | float) or isinstance(value, bool):
                self._fault((*path, "thresholds", strictness), f"must be a number, not {value!r}")
            else:
                found[strictness] = float(value)
        if not 0 < found[Strictness.WIDE] <= found[Strictness.NORMAL] <= found[Strictness.STRICT]:
            self._fault((*path, "thresholds"), "thresholds must grow: 0 < wide <= normal <= strict")
        return found

    def _mapping(self, value: Any, path: Path) -> Mapping[Any, Any]:
        if value is not None and not isinstance(value, dict):
            self._fault(path, "names and values belong here")
        return value if isinstance(value, dict) else {}

    def _texts(self, parts: Mapping[Any, Any], path: Path) -> tuple[str, ...]:
        value = parts.get(path[-1])
        if value is not None and not isinstance(value, list):
            self._fault(path, "a list belongs here")
        items = value if isinstance(value, list) else []
        return tuple(self._text(item, (*path, number)) for number, item in enumerate(items))

    def _names(self, parts: Mapping[Any, Any], path: Path) -> tuple[str, ...]:
        names = self._texts(parts, path)
        for number, name in enumerate(names):
            if not name_key(name):
                self._fault((*path, number), f"`{name}` names nothing")
        return names

    def _text(self, value: Any, path: Path) -> str:
        if not isinstance(value, str):
            self._fault(path, f"must be a text, not {value!r}; put it between quotes")
        return str(value)

    def _check_keys(self, parts: Iterable[Any], known: Set[str], path: Path) -> None:
        for key in parts:
            if key not in known:
                self._fault((*path, key), f"unknown key `{key}`; there are {', '.join(sorted(known))}")

    def _check_parents(self, topics: tuple[Topic, ...]) -> None:
        by_slug = {topic.slug: topic for topic in topics}
        for topic in topics:
            if topic.parent is None:
                continue
            line = (topic.slug, *ancestors(topic.slug, by_slug))
            if topic.parent not in by_slug:
                self._fault(("topics", topic.slug, "parent"), f"there is no topic `{topic.parent}`")
            elif by_slug[line[-1]].parent in line:
                self._fault(("topics", topic.slug, "parent"), f"the parents form a cycle: {' > '.join(line)}")

    def _check_names(self, topics: tuple[Topic, ...]) -> None:
        owners = {name_key(topic.slug): topic.slug for topic in topics}
        for topic in topics:
            for number, name in enumerate((*topic.aliases, topic.label)):
                owner = owners.setdefault(name_key(name), topic.slug)
                if owner != topic.slug:
                    path = ("topics", topic.slug, *(("aliases", number) if number < len(topic.aliases) else ("name",)))
                    self._fault(path, f"`{name}` already means `{owner}`; a word means one topic only")
