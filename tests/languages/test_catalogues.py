"""Every language has every text whole, and says it by its own rules."""

import os
import re
from pathlib import Path

import pytest

from bot.app import read_languages
from bot.domain.language import Language, Languages, read_language
from bot.domain.unsaid import Text
from tests.clock import START
from tests.languages.sources import BOT, texts

PLACE = re.compile(r"\{\w+\}")
POLISH = """
msgid ""
msgstr "Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "{number} view"
msgid_plural "{number} views"
msgstr[0] "{number} raz"
msgstr[1] "{number} razy"
msgstr[2] "{number} razów"
"""


@pytest.mark.parametrize("code", sorted(read_languages().by_code))
def test_a_language_says_everything_with_the_same_places(code: str) -> None:
    language = read_languages().by_code[code]
    missing = sorted(texts() - language.texts.keys())
    if os.environ.get("UPDATE_GOLDEN"):
        add_to_translate(BOT / "languages" / f"{code}.po", missing)

    assert missing == []
    assert language.texts.keys() - texts() == set()
    for text, forms in language.texts.items():
        assert all(sorted(PLACE.findall(form)) == sorted(PLACE.findall(text)) for form in forms), text


def add_to_translate(catalogue: Path, missing: list[str]) -> None:
    """Append what lacks a translation; a text with forms is written by hand, as docs/translate.md shows."""
    listed = catalogue.read_text(encoding="utf-8")
    written = {text: text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for text in missing}
    new = [f'\nmsgid "{text}"\nmsgstr ""\n' for text in written.values() if f'msgid "{text}"\n' not in listed]
    catalogue.write_text(listed + "".join(new), encoding="utf-8")


def test_there_is_more_than_english() -> None:
    assert "de" in read_languages().by_code
    assert len(texts()) > 100


def test_plurals_follow_the_languages_own_rule() -> None:
    polish = read_language("pl", POLISH)
    told = [polish.plural("{number} view", "{number} views", number) for number in (1, 2, 5, 22)]

    assert told == ["1 raz", "2 razy", "5 razów", "22 razy"]
    assert Language().plural("{number} view", "{number} views", 2) == "2 views"


def test_numbers_dates_and_lists_are_written_as_the_language_does() -> None:
    english, german = Language(), read_languages().get("de")

    assert english("{n} of {m}", n=1200, m="1200") == "1,200 of 1200"
    assert german("{n} of {m}", n=1200, m="1200") == "1.200 of 1200"
    assert english.joined(["a", "b", "c"]) == "a, b and c"
    assert german.joined(["a", "b", "c"]) == "a, b und c"
    assert english.joined([]) == ""
    assert (english.day(START), german.day(START)) == ("2026-11-02", "02.11.2026")
    assert english.moment(START) == "2026-11-02 09:00 UTC"


def test_what_is_not_said_yet_is_said_with_all_its_parts() -> None:
    german = Language("de", {"{who} may.": ("{who} dürfen.",), "admins": ("Verwalter",)})
    unsaid = Text("{who} may.", who=Text("admins"))

    assert str(unsaid) == "admins may."
    assert german(unsaid) == "Verwalter dürfen."
    assert str(Text("a brace: {")) == "a brace: {"


def test_a_language_is_found_by_its_code_and_the_default_where_there_is_none() -> None:
    languages = Languages({"de": Language("de")}, default="de")

    assert list(languages) == ["de", "en"]
    assert languages.get("de-AT").code == "de"
    assert languages.get("en_US").code == "en"
    assert languages.get("fr").code == languages.get(None).code == "de"
    assert languages.find("fr") is None


@pytest.mark.parametrize("accept", ["", "de;q=0, en", "de;q=x", ";;;,,,", "x" * 9999, "*"])
def test_whatever_a_browser_asks_for_there_is_an_answer(accept: str) -> None:
    assert Languages({"de": Language("de")}).best(accept).code == "en"
