"""Where settings stand: the environment, .env, config/bot.yaml; each value with its place."""

import difflib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from dotenv.parser import parse_stream
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bot.domain.located import Fault, read_yaml
from bot.domain.located import Path as Keys
from bot.settings.model import Part, Settings

ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting that exists: the path of its field and its name in the environment."""

    keys: tuple[str, ...]
    info: FieldInfo

    @property
    def name(self) -> str:
        return "_".join(self.keys).upper()

    @property
    def is_secret(self) -> bool:
        return self.info.annotation is SecretStr

    @property
    def in_environment(self) -> bool:
        return not str(self.info.annotation).startswith("dict[")


def all_settings(model: type[BaseModel] = Settings, above: tuple[str, ...] = ()) -> Iterator[Setting]:
    """Yield every setting, in the order of the model."""
    for name, info in model.model_fields.items():
        part = next((t for t in (info.annotation, *get_args(info.annotation)) if _is_part(t)), None)
        if part is not None:
            yield from all_settings(part, (*above, name))
        else:
            yield Setting((*above, name), info)


def _is_part(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Part)


@dataclass(slots=True)
class Sources:
    """What was set, and where; later sources give way to earlier ones."""

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[Keys, Fault] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def put(self, keys: tuple[str, ...], value: Any, place: Fault) -> None:
        """Set a value unless an earlier source did."""
        if keys in self.places:
            return
        self.places[keys] = place
        inside = self.values
        for key in keys[:-1]:
            inside = inside.setdefault(key, {})
        inside[keys[-1]] = value

    def place(self, keys: Keys) -> Fault:
        """Return where *keys*, or what is around it, was set."""
        for length in range(len(keys), 0, -1):
            if found := self.places.get(keys[:length]):
                return found
        return Fault(file=ENVIRONMENT, text="")


def read_environment(sources: Sources, environment: Mapping[str, str]) -> None:
    """Take our names out of the environment; others belong to others. Empty means not set."""
    for setting in all_settings():
        if setting.in_environment and (value := environment.get(setting.name, "").strip()):
            if _is_quoted(value):
                text = f"{setting.name} is in quotes: `docker run --env-file` keeps them. Write the value without."
                sources.faults.append(Fault(file=ENVIRONMENT, text=text))
                value = value[1:-1]
            sources.put(setting.keys, value, Fault(file=ENVIRONMENT, text=setting.name))


def _is_quoted(value: str) -> bool:
    return len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"


def read_dotenv(sources: Sources, path: Path) -> None:
    """Take our names out of a .env file; a name that is nearly ours is a fault."""
    if not path.is_file():
        return
    known = {setting.name: setting for setting in all_settings() if setting.in_environment}
    for binding in parse_stream(io.StringIO(path.read_text(encoding="utf-8"))):
        line = binding.original.line + _blank_lines(binding.original.string)
        if binding.error:
            sources.faults.append(Fault(file=path.name, line=line, text="This line is not NAME=value."))
        elif binding.key in known and (binding.value or "").strip():
            place = Fault(file=path.name, line=line, text=binding.key)
            sources.put(known[binding.key].keys, (binding.value or "").strip(), place)
        elif binding.key is not None and binding.key not in known and (near := nearest(binding.key, known)):
            text = f"{binding.key} is not a setting; did you mean {near}?"
            sources.faults.append(Fault(file=path.name, line=line, text=text))


def _blank_lines(original: str) -> int:
    """Count the line ends before a binding: its parser counts them as part of it."""
    return original[: len(original) - len(original.lstrip())].count("\n")


def read_config(sources: Sources, path: Path) -> None:
    """Take the settings of bot.yaml; a name it does not know is a fault, and so is a secret."""
    if not path.is_file():
        return
    file = _shown(path)
    document = read_yaml(path.read_text(encoding="utf-8"), file)
    sources.faults.extend(document.faults)
    if document.value is None:
        return
    if not isinstance(document.value, dict):
        sources.faults.append(Fault(file=file, line=1, text="This file holds names and values, as in `port: 8080`."))
        return
    known = {setting.keys: setting for setting in all_settings()}
    for keys, value in _leaves(document.value, {keys[:-1] for keys in known}):
        name, line = ".".join(map(str, keys)), document.line(keys)
        setting = known.get(tuple(map(str, keys)))
        if setting is None:
            near = nearest(name, [".".join(other) for other in known])
            hint = f"; did you mean {near}?" if near else "."
            sources.faults.append(Fault(file=file, line=line, text=f"{name} is not a setting{hint}"))
        elif setting.is_secret:
            text = f"{name} is a secret: set {setting.name} in the environment or in .env instead."
            sources.faults.append(Fault(file=file, line=line, text=text))
        else:
            sources.put(setting.keys, value, Fault(file=file, line=line, text=name))


def _leaves(values: Mapping[Any, Any], parts: set[tuple[str, ...]], above: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    for key, value in values.items():
        keys = (*above, key)
        if isinstance(value, dict) and keys in parts:
            yield from _leaves(value, parts, keys)
        elif value is not None:
            yield keys, value


def nearest(typed: str, names: Mapping[str, object] | list[str]) -> str | None:
    """Return the name that *typed* was probably meant to be; None where none is near."""
    return next(iter(difflib.get_close_matches(typed, list(names), n=1, cutoff=0.8)), None)


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
