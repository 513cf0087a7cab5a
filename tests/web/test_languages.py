"""The pages, and what Discord shows of the commands, are there in every language whole."""

import re
from pathlib import Path

import pytest

from bot.app import read_languages
from bot.chat.discord.languages import described
from bot.commands.table import TABLE
from bot.domain.language import Language, Languages, read_language
from bot.store.database import Database
from bot.web.templates import FOLDER
from tests.web.server import served

SAID = re.compile(r"""\b_\(\s*(?:"([^"]+)"|'([^']+)')""")
COUNTED = re.compile(r"""\bcount\(\s*["']([^"']+)["'],\s*["']([^"']+)["']""")
PLACE = re.compile(r"\{\w+\}")


def texts(folder: Path = FOLDER) -> set[str]:
    whole = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.html")))
    return {double or single for double, single in SAID.findall(whole)} | {one for one, _ in COUNTED.findall(whole)}


@pytest.mark.parametrize("code", sorted(read_languages().by_code))
def test_a_language_says_everything_with_the_same_places(code: str) -> None:
    language = read_languages().by_code[code]

    wanted = texts() | set(described(TABLE))

    assert wanted - language.texts.keys() == set()
    assert language.texts.keys() - wanted == set()
    for text, forms in language.texts.items():
        assert all(sorted(PLACE.findall(form)) == sorted(PLACE.findall(text)) for form in forms), text


def test_there_is_more_than_english() -> None:
    assert "de" in read_languages().by_code
    assert len(texts()) > 40


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


def test_plurals_follow_the_languages_own_rule() -> None:
    polish = read_language(
        "pl",
        'msgid ""\nmsgstr "Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20)'
        ' ? 1 : 2);\\n"\n\nmsgid "{number} view"\nmsgid_plural "{number} views"\n'
        'msgstr[0] "{number} raz"\nmsgstr[1] "{number} razy"\nmsgstr[2] "{number} razów"\n',
    )
    told = [polish.count("{number} view", "{number} views", number) for number in (1, 2, 5, 22)]

    assert told == ["1 raz", "2 razy", "5 razów", "22 razy"]
    assert Language().count("{number} view", "{number} views", 2) == "2 views"


@pytest.mark.parametrize("accept", ["", "de;q=0, en", "de;q=x", ";;;,,,", "x" * 9999, "*"])
def test_whatever_a_browser_asks_for_there_is_an_answer(accept: str) -> None:
    assert Languages({"de": Language("de")}).best(accept).code == "en"
