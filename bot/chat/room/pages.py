"""The room's pages, in the reader's language."""

from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.domain.language import Language, Languages

FOLDER = Path(__file__).parent / "pages"


class RoomPages:
    """Renders pages; every text in them is said."""

    def __init__(self, languages: Languages) -> None:
        self._languages = languages
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def language(self, request: web.Request) -> Language:
        """Return what the browser asks for."""
        return self._languages.best(request.headers.get("Accept-Language", ""))

    def page(self, request: web.Request, name: str, status: int = 200, *, wrong: bool = False) -> web.Response:
        """Return the page *name*; *wrong*: what was tried before was not right."""
        say = self.language(request)
        text = self._environment.get_template(name).render(_=say, language=say.code, wrong=wrong)
        headers = {"Vary": "Accept-Language, Cookie", "Content-Language": say.code}
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)
