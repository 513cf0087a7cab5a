from bot.store.actions import SqlActions
from bot.store.database import Database
from tests.clock import START
from tests.seeds import NLP, RUST


async def test_a_button_s_command_is_found_in_its_own_channel_only(database: Database) -> None:
    actions = SqlActions(database)
    action = await actions.keep(NLP, "/subscribe nlp", START)

    assert await actions.find(NLP, action) == "/subscribe nlp"
    assert await actions.find(RUST, action) is None
    assert await actions.find(NLP, "another") is None
