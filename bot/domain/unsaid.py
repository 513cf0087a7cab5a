"""What is to be said once it is known in which language."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.typed import joined


@dataclass(frozen=True, slots=True, init=False)
class Text:
    """A text with its values, for a `Language` to say later. As a str it is English."""

    text: str
    #: Numbers, words, other texts and lists of these, by the names of their places in the text.
    values: Mapping[str, object]

    def __init__(self, text: str, **values: object) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "values", values)

    def __str__(self) -> str:
        shown = {name: _english(value) for name, value in self.values.items()}
        # Without values a text stays as it is, braces too.
        return self.text.format(**shown) if shown else self.text


def stored(text: str, **values: object) -> str:
    """Return an English sentence to be stored, for `Language.again` to say when somebody reads it."""
    return str(Text(text, **values))


def _english(value: object) -> object:
    match value:
        case bool():
            return value
        case int():
            return f"{value:,}"
        case list() | tuple():
            return joined([str(_english(one)) for one in value])
        case _:
            return value
