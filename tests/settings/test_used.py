"""No setting is for show."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from bot.settings import PROJECT, Settings

SOURCES = {
    path: path.read_text(encoding="utf-8")
    for path in (PROJECT / "bot").rglob("*.py")
    if path != PROJECT / "bot" / "settings" / "model.py"
}


def names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from names(field.annotation)
        else:
            yield name


@pytest.mark.parametrize("name", sorted(set(names(Settings))))
def test_a_setting_is_read_somewhere(name: str) -> None:
    assert any(f".{name}" in source for source in SOURCES.values())
