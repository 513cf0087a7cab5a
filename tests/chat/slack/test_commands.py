"""Slash commands, through Socket Mode and over HTTP alike."""

import json
from typing import Any

from bot.chat.slack.replies import FormOrigin, render_form
from bot.commands.settings import form_of
from bot.domain.channel_settings import SETTINGS
from bot.domain.channels import ChannelOptions
from bot.domain.language import IN_ENGLISH
from bot.domain.reply import Button, Choice, Field, Form, Reply
from tests.chat.slack.conftest import Scene, until
from tests.fakes.slack.blocks import check_view


def words(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False)


async def test_a_command_reaches_the_core_as_it_was_typed(scene: Scene) -> None:
    scene.answers.answer = Reply(text="Watching 212 blogs.")
    done = await scene.typed("/subscribe", "“nlp”, &lt;b&gt; &amp; <https://a.example|a.example>,")
    answer = await scene.answered(done)
    request = scene.answers.requests[0]

    assert done["acked"]
    assert request.text == "/subscribe “nlp”, <b> & <https://a.example|a.example>,"
    assert request.channel == scene.place()
    assert request.channel_name == "nlp"
    assert (request.person.may_change_channel, request.person.may_change_workspace) == (True, True)
    assert answer["response_type"] == "ephemeral"
    assert answer["text"] == "Watching 212 blogs."


async def test_rights_follow_from_what_slack_says_of_the_person(scene: Scene) -> None:
    member = await scene.fake.stage.member(scene.team["id"], "bob")
    guest = await scene.fake.stage.member(scene.team["id"], "eve", is_restricted=True)
    for person in (member, guest):
        await scene.answered(await scene.typed("/topics", user=person["id"]))
    rights = [(r.person.may_change_channel, r.person.may_change_workspace) for r in scene.answers.requests]

    assert rights == [(True, False), (False, False)]


async def test_the_language_is_what_slack_says_the_person_uses(scene: Scene) -> None:
    person = await scene.fake.stage.member(scene.team["id"], "bea", locale="de-DE")
    await scene.answered(await scene.typed("/topics", user=person["id"]))

    assert scene.answers.requests[0].language == "de-DE"


async def test_a_member_of_another_organisation_is_told_in_one_sentence(scene: Scene) -> None:
    other = await scene.fake.stage.team("Other")
    done = await scene.fake.stage.click(
        other["admin"], "press.0", channel=scene.channel, value="x", team=scene.team["id"]
    )
    answer = await scene.answered(done)

    assert "Only members of this workspace" in answer["text"]
    assert scene.answers.presses == []


async def test_a_command_played_again_has_one_effect(scene: Scene) -> None:
    done = await scene.typed("/subscribe", "nlp")
    await scene.answered(done)
    again = await scene.fake.delivery.deliver("slash_commands", done["payload"])
    await scene.answered(await scene.typed("/topics"))

    assert again.acked
    assert [r.text for r in scene.answers.requests] == ["/subscribe nlp", "/topics"]


async def test_a_private_answer_and_a_public_one(scene: Scene) -> None:
    scene.answers.answer = Reply(text="ada subscribed this channel to NLP.", public=True)
    answer = await scene.answered(await scene.typed("/subscribe", "nlp"))

    assert answer["response_type"] == "in_channel"


async def test_a_public_channel_is_joined_once_it_follows_something(scene: Scene) -> None:
    channel = (await scene.fake.stage.channel(scene.team["id"], "rust"))["id"]
    await scene.answered(await scene.typed("/topics", channel=channel))
    assert not await scene.fake.stage.calls("conversations.join")

    await scene.follow(channel)
    answer = await scene.answered(await scene.typed("/subscribe", "rust", channel=channel))

    assert len(await scene.fake.stage.calls("conversations.join")) == 1
    assert "/invite" not in answer["text"]


async def test_a_private_channel_waits_for_an_invitation_and_starts_by_itself(scene: Scene) -> None:
    channel = (await scene.fake.stage.channel(scene.team["id"], "secret", is_private=True))["id"]
    await scene.follow(channel)
    scene.answers.answer = Reply(text="Subscribed.")
    answer = await scene.answered(await scene.typed("/subscribe", "nlp", channel=channel))

    assert answer["text"].startswith("Subscribed.\n")
    assert "/invite @Tidings" in answer["text"]
    assert (await scene.state_of(channel))[0] == "closed"

    await scene.fake.stage.invite_bot(channel)

    async def is_open() -> bool:
        return (await scene.state_of(channel))[0] == "active"

    await until(is_open)


async def test_a_private_channel_that_may_not_be_looked_at_opens_at_the_next_command(scene: Scene) -> None:
    """The manifest without `--private-channels`: Slack tells us nothing of them, invitations included."""
    scene.fake.world.teams[scene.team["id"]].scopes -= {"groups:read", "groups:history"}
    channel = (await scene.fake.stage.channel(scene.team["id"], "secret", is_private=True))["id"]
    await scene.follow(channel)
    said = [(await scene.answered(await scene.typed("/subscribe", "nlp", channel=channel)))["text"]]
    assert (await scene.state_of(channel))[0] == "closed"

    scene.fake.world.channels[channel].members.add(scene.team["bot_user"])
    said += [(await scene.answered(await scene.typed("/topics", channel=channel)))["text"] for _ in range(2)]

    assert ["/invite @Tidings" in text for text in said] == [True, True, False]
    assert "--private-channels" in said[1]
    assert (await scene.state_of(channel))[0] == "active"


async def test_a_channel_that_sending_found_closed_opens_when_somebody_is_at_work_in_it(scene: Scene) -> None:
    await scene.follow(scene.channel, state="closed")

    await scene.answered(await scene.typed("/topics"))

    assert (await scene.state_of(scene.channel))[0] == "active"


async def test_a_direct_message_with_the_app_is_a_personal_channel(scene: Scene) -> None:
    guest = await scene.fake.stage.member(scene.team["id"], "eve", is_restricted=True)
    own = (await scene.fake.stage.channel(scene.team["id"], "d", between=[scene.team["bot_user"], guest["id"]]))["id"]
    await scene.follow(own)
    answer = await scene.answered(await scene.typed("/subscribe", "nlp", channel=own, user=guest["id"]))

    assert "/invite" not in answer["text"]
    assert (await scene.state_of(own))[0] == "active"
    assert scene.answers.requests[0].channel == scene.place(own)
    assert scene.answers.requests[0].person.may_change_channel


async def test_another_direct_message_is_refused_in_one_sentence(scene: Scene) -> None:
    bob = (await scene.fake.stage.member(scene.team["id"], "bob"))["id"]
    theirs = (await scene.fake.stage.channel(scene.team["id"], "d", between=[scene.team["admin"], bob]))["id"]
    answer = await scene.answered(await scene.typed("/subscribe", "nlp", channel=theirs))

    assert "direct message with me" in answer["text"]
    assert scene.answers.requests == []


async def test_a_form_opens_is_sent_and_is_answered_where_it_was_asked_for(scene: Scene) -> None:
    many = tuple(Choice(value=f"t{n}", label=f"Topic {n:03}") for n in range(130))
    scene.answers.answer = Reply(
        text="Type `/subscribe nlp`.",
        form=Form(
            title="Pick topics",
            action="/subscribe",
            submit="Save",
            fields=(
                Field(name="what", label="Topics", choices=many, many=True, value="t3, t129", required=True),
                Field(name="note", label="Filter", hint="Words"),
            ),
        ),
    )
    done = await scene.typed("/subscribe")
    shown = (await until(lambda: scene.fake.stage.shown(kind="modal")))[0]["body"]
    scene.answers.answer = Reply(text="Subscribed.")
    picked = {"selected_options": [{"value": "t1"}, {"value": "t2"}]}
    values = {"what": {"what": picked}, "note": {"note": {"value": None}}}
    sent = await scene.fake.stage.submit(scene.team["admin"], shown["id"], values)
    answer = await scene.answered(done)
    press = scene.answers.presses[0]

    assert sent["acked"]
    assert (press.action, press.channel) == ("/subscribe", scene.place())
    assert press.values == {"what": "t1, t2", "note": ""}
    assert answer["text"] == "Subscribed."
    selected = shown["blocks"][0]["element"]
    assert [len(group["options"]) for group in selected["option_groups"]] == [100, 30]
    assert [option["value"] for option in selected["initial_options"]] == ["t3", "t129"]


def test_every_option_of_a_channel_has_its_place_in_the_modal() -> None:
    form = form_of(IN_ENGLISH, "slack", ChannelOptions(template="x" * 500))

    view = render_form(IN_ENGLISH, form, FormOrigin(action=form.action, channel="C1"))

    assert check_view(view, "modal") == []
    headers = [block["text"]["text"] for block in view["blocks"] if block["type"] == "header"]
    assert headers == ["When", "Look", "Where", "More"]
    inputs = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    assert sorted(inputs) == sorted(one.name for one in SETTINGS.values() if one.works_in("slack"))


async def test_a_button_comes_back_and_its_answer_takes_its_place(scene: Scene) -> None:
    scene.answers.answer = Reply(text="Done.", buttons=(Button(label="Undo", action="/unsubscribe nlp"),))
    answer = await scene.answered(await scene.typed("/subscribe", "nlp"))
    button = answer["blocks"][1]["elements"][0]
    scene.answers.answer = Reply(text="Undone.", replace=True)
    clicked = await scene.fake.stage.click(
        scene.team["admin"], button["action_id"], channel=scene.channel, value=button["value"]
    )
    undone = await scene.answered(clicked)

    assert scene.answers.presses[0].action == "/unsubscribe nlp"
    assert scene.answers.presses[0].message is None
    assert undone["replace_original"]


async def test_a_double_click_has_one_effect(scene: Scene) -> None:
    for _ in range(2):
        done = await scene.fake.stage.click(scene.team["admin"], "press.0", channel=scene.channel, value="/x")
        assert done["acked"]
    await scene.answered(await scene.typed("/topics"))

    assert [press.action for press in scene.answers.presses] == ["/x"]


async def test_a_link_button_is_acknowledged_and_does_nothing(scene: Scene) -> None:
    done = await scene.fake.stage.click(scene.team["admin"], "link.0", channel=scene.channel, value="x")

    assert done["acked"]
    assert scene.answers.presses == []


async def test_slack_not_answering_is_told_to_the_person(scene: Scene) -> None:
    await scene.fake.stage.fault("users.info", "500")
    answer = await scene.answered(await scene.typed("/topics"))

    assert "try again" in answer["text"]
