"""Pages out of templates: everything is escaped, every text is in the reader's language."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiohttp import web
from babel.dates import format_date, format_datetime, format_timedelta
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.domain.language import Language, Languages
from bot.ports.running import Clock

FOLDER = Path(__file__).parent / "templates"
#: "5 weeks ago" is nobody's way to say when; from here on it is a date.
LONG_AGO_DAYS = 30
MINUTE = timedelta(minutes=1)


class Templates:
    """Renders pages for requests."""

    def __init__(self, languages: Languages, clock: Clock) -> None:
        self._languages = languages
        self._clock = clock
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def language(self, request: web.Request) -> Language:
        """Return the reader's language."""
        return self._languages.best(request.headers.get("Accept-Language", ""))

    def page(
        self, request: web.Request, name: str, status: int = 200, values: Mapping[str, Any] | None = None
    ) -> web.Response:
        """Return the page *name* filled with *values*."""
        language = self.language(request)
        now = self._clock.now()
        text = self._environment.get_template(name).render(
            **(values or {}),
            _=language,
            plural=language.plural,
            language=language.code,
            ago=lambda then: ago(then, now, language),
            exact=lambda then: exact(then, language.code),
        )
        headers = {"Vary": "Accept-Language, Cookie", "Content-Language": language.code}
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def ago(then: datetime, now: datetime, language: Language) -> str:
    """Return "1 week ago" in the language's own grammar; a date where that is long past."""
    delta = then - now
    if delta.days < -LONG_AGO_DAYS:
        return _day(then.date(), language.code)
    if delta.total_seconds() > -60:
        # A clock that is a little ahead is no reason to say "in 2 minutes" of something that is there.
        return language("just now")
    return _so_long_ago(int(-delta / MINUTE), language.code)


# A page says fifty times when, and Babel looks its patterns up anew each time: a third of what drawing a page took.
@lru_cache(4096)
def _so_long_ago(minutes: int, language: str) -> str:
    return str(format_timedelta(-minutes * MINUTE, threshold=1, add_direction=True, locale=language))


@lru_cache(1024)
def _day(day: date, language: str) -> str:
    return str(format_date(day, "medium", locale=language))


@lru_cache(4096)
def exact(then: datetime, language: str) -> str:
    """Return the exact time, in UTC, as the language writes it."""
    return f"{format_datetime(then, 'long', locale=language)}"
