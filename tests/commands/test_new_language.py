"""docs/translate.md, followed to the letter: a language is one file, and from then on the bot speaks it."""

import re
from dataclasses import replace
from pathlib import Path

from bot.app import read_languages
from bot.commands.dispatch import Commands
from bot.settings import PROJECT
from tests.commands.conftest import Talk

GERMAN = PROJECT / "bot" / "languages" / "de.po"
MSGSTR = re.compile(r'^(msgstr(?:\[\d\])? ")(.+)"$', re.MULTILINE)


async def test_a_copied_and_translated_file_is_a_language(talk: Talk, tmp_path: Path) -> None:
    # 1. Copy de.po to the new name.  2. Set its head.  3. Translate each msgstr.
    copied = GERMAN.read_text(encoding="utf-8").replace("Language: de", "Language: fi")
    head, texts = copied.split("\n\n", 1)
    (tmp_path / "fi.po").write_text(head + "\n\n" + MSGSTR.sub(r'\1«\2»"', texts), encoding="utf-8")
    languages = read_languages(folder=tmp_path)
    desk = replace(talk.desk, languages=languages)
    finnish = Talk(Commands(desk), desk, talk.clock, talk.discovery)

    said = [await finnish.type(typed) for typed in ("/tidings settings language fi", "/subscriptions", "/nonsense")]

    assert list(languages) == ["en", "fi"]
    assert languages.by_code["fi"].texts.keys() == read_languages().by_code["de"].texts.keys()
    assert said[0].splitlines()[0] == "«Für diesen Kanal geändert:»"
    assert all(line.startswith("«") and line.endswith("»") for text in said for line in text.splitlines())
    assert languages.by_code["fi"].number(1234.5) == "1\xa0234,5"
