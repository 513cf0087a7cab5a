import pytest

from bot.domain.channel_names import read_channel
from bot.domain.errors import UsageError


@pytest.mark.parametrize("text", ["room:demo/nlp", "slack:T024BE7LD/C024BE91L", "discord:81384788765712384/1234"])
def test_a_channel_is_read_as_it_is_shown(text: str) -> None:
    assert str(read_channel(text)) == text


@pytest.mark.parametrize("text", ["", "nlp", "room:nlp", "irc:a/b", "room:/nlp", "room:demo/", "slack:T1/C1 C2"])
def test_anything_else_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(UsageError, match="room:demo/nlp"):
        read_channel(text)
