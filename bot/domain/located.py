"""YAML whose every value knows its line, so that a fault in a file can be named by file and line."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

#: Where a value stands in a document: ("sending", "timeout"), ("packs", 3, "url").
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in what an operator wrote."""

    #: A file's name as people know it, or `environment`.
    file: str
    text: str
    #: None where there are no lines, as in the environment.
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A document's values, the line of each, and what was wrong in it."""

    value: Any = None
    lines: Mapping[Path, int] = field(default_factory=dict)
    faults: Sequence[Fault] = ()

    def line(self, path: Iterable[str | int]) -> int | None:
        """Return the line of *path*, or of the nearest thing around it that has one."""
        walk = tuple(path)
        while walk and walk not in self.lines:
            walk = walk[:-1]
        return self.lines.get(walk)


def read_yaml(text: str, file: str) -> Located:
    """Read YAML by the safe loader; what does not parse, or is written twice, is a fault and never an exception."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Located()
        reading = _Reading(loader, file)
        return Located(value=reading.value(node, ()), lines=reading.lines, faults=tuple(reading.faults))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        return Located(faults=(Fault(file=file, line=line, text=f"This is not YAML: {error.problem}."),))
    except yaml.YAMLError as error:
        return Located(faults=(Fault(file=file, text=f"This is not YAML: {error}."),))
    finally:
        loader.dispose()


#: Nodes that stand for others, and levels: far more than anybody writes.
_MOST_AGAIN, _DEEPEST = 10_000, 50


class _Reading:
    def __init__(self, loader: yaml.SafeLoader, file: str) -> None:
        self._loader = loader
        self._file = file
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []
        self._read: set[yaml.Node] = set()
        self._again = 0

    def value(self, node: yaml.Node, path: Path) -> Any:
        # Twelve lines of aliases of aliases stand for more than any memory holds; one of itself for ever more.
        self._again += node in self._read
        if self._again > _MOST_AGAIN or len(path) > _DEEPEST:
            raise yaml.YAMLError("its aliases (*name) stand for too much")
        self._read.add(node)
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, number)) for number, child in enumerate(node.value)]
        return self._loader.construct_object(node, deep=True)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[Hashable, Any]:
        found: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            key = self._loader.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if not isinstance(key, str | int):
                self.faults.append(Fault(file=self._file, line=line, text=f"{key!r} cannot be a name; quote it."))
                continue
            if key in found:
                first = self.lines[(*path, key)]
                self.faults.append(Fault(file=self._file, line=line, text=f"{key} was set on line {first} already."))
                continue
            self.lines[(*path, key)] = line
            found[key] = self.value(value_node, (*path, key))
        return found
