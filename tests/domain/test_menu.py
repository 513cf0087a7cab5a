from bot.domain.language import IN_ENGLISH
from bot.domain.menu import MenuVerb, menu_of, read_menu_action
from tests.domain.announcements import announcement


def test_every_entry_comes_back_as_what_it_was_made_for() -> None:
    asked = announcement(7)
    read = [read_menu_action(button.action) for button in menu_of(asked, IN_ENGLISH)]

    assert read == [(verb, asked.id) for verb in MenuVerb]


def test_a_feed_subscription_has_no_topic_to_doubt() -> None:
    labels = [button.label for button in menu_of(announcement(topic=None, topics=()), IN_ENGLISH)]

    assert labels == ["Why?", "Mute this blog", "Remove"]


def test_a_forged_action_is_no_menu_action() -> None:
    assert read_menu_action("drop:1") is None
    assert read_menu_action("why") is None
    assert read_menu_action("why:") is None


def test_actions_fit_the_smallest_chat() -> None:
    assert all(len(button.action) <= 100 for button in menu_of(announcement(), IN_ENGLISH))
