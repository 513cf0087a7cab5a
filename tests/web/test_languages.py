"""Pages come in the language that a browser asks for."""

from bot.app import read_languages
from bot.store.database import Database
from tests.web.server import served


async def test_a_reader_gets_the_language_the_browser_asks_for(sqlite: Database) -> None:
    async with served(sqlite, languages=read_languages()) as site:
        await site.post(hours=24 * 7, views=1)
        german = (await site.get("/topics/nlp", Accept_Language="de-AT,de;q=0.9,en;q=0.8"))[1]
        english = (await site.get("/topics/nlp", Accept_Language="fr,en;q=0.5,de;q=0.4"))[1]

    assert '<html lang="de">' in german
    assert "Beiträge zu NLP" in german
    assert "vor 1 Woche" in german
    assert "1 Aufruf<" in german
    assert "1 week ago" in english
