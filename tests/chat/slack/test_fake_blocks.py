"""The fake refuses what Slack refuses: every rule has a case that breaks it, and one that just keeps it."""

from typing import Any

import pytest

from tests.fakes.slack.blocks import check_blocks, check_view, pings

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "x", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(number: int = 0, **more: Any) -> Json:
    return {"type": "button", "action_id": f"a{number}", "text": plain("go"), **more}


def option(text: str = "x", value: str = "x") -> Json:
    return {"text": plain(text), "value": value}


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(parts)}]}


def overflow(count: int, value: str = "v") -> Json:
    return {"type": "overflow", "action_id": "o", "options": [option(value=value)] * count}


BROKEN: dict[str, list[Json]] = {
    "51 blocks": [section()] * 51,
    "unknown type": [{"type": "marquee"}],
    "unknown key": [section(color="red")],
    "section of 3001": [section("x" * 3001)],
    "section of nothing": [section("")],
    "section without text": [{"type": "section"}],
    "11 fields": [section(fields=[mrkdwn("x")] * 11)],
    "field of 2001": [section(fields=[mrkdwn("x" * 2001)])],
    "header of 151": [{"type": "header", "text": plain("x" * 151)}],
    "header in mrkdwn": [{"type": "header", "text": mrkdwn("x")}],
    "11 in a context": [{"type": "context", "elements": [mrkdwn("x")] * 11}],
    "button in a context": [{"type": "context", "elements": [button()]}],
    "26 actions": [{"type": "actions", "elements": [button(n) for n in range(26)]}],
    "no actions": [{"type": "actions", "elements": []}],
    "one action id twice": [{"type": "actions", "elements": [button(), button()]}],
    "one block id twice": [section(block_id="b"), section(block_id="b")],
    "block id of 256": [section(block_id="b" * 256)],
    "button of 76": [section(accessory=button(text=plain("x" * 76)))],
    "button value of 2001": [section(accessory=button(value="x" * 2001))],
    "button url of 3001": [section(accessory=button(url="https://x.example/" + "x" * 3000))],
    "button to javascript": [section(accessory=button(url="javascript:alert(1)"))],
    "bogus style": [section(accessory=button(style="bogus"))],
    "6 in an overflow": [section(accessory=overflow(6))],
    "option value of 151": [section(accessory=overflow(2, "x" * 151))],
    "image without alt": [section(accessory={"type": "image", "image_url": "https://x.example/i.png"})],
    "input in a message": [
        {"type": "input", "label": plain("l"), "element": {"type": "plain_text_input", "action_id": "i"}}
    ],
    "markdown of 12001": [{"type": "markdown", "text": "x" * 12001}],
    "empty rich text": [{"type": "rich_text", "elements": []}],
    "empty rich part": [rich({"type": "text", "text": ""})],
    "rich link to javascript": [rich({"type": "link", "url": "javascript:alert(1)", "text": "x"})],
    "date as a string": [rich({"type": "date", "timestamp": "1", "format": "{date}"})],
    "date without a token": [rich({"type": "date", "timestamp": 1, "format": "today"})],
    "unknown rich part": [rich({"type": "blink", "text": "x"})],
}

SOUND: dict[str, list[Json]] = {
    "50 blocks": [section()] * 50,
    "section of 3000": [section("x" * 3000)],
    "header of 150": [{"type": "header", "text": plain("x" * 150)}],
    "25 actions": [{"type": "actions", "elements": [button(n) for n in range(25)]}],
    "overflow of 5": [section(accessory=overflow(5, "x" * 150))],
    "date": [rich({"type": "date", "timestamp": 1, "format": "{date}", "fallback": "1970"})],
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_block_is_refused(case: str) -> None:
    assert check_blocks(BROKEN[case])


@pytest.mark.parametrize("case", SOUND)
def test_a_sound_block_is_taken(case: str) -> None:
    assert check_blocks(SOUND[case]) == []


def test_a_modal_is_held_to_its_limits() -> None:
    view = {"type": "modal", "title": plain("Pick topics"), "blocks": [section()]}

    assert check_view(view, "modal") == []
    assert check_view({**view, "title": plain("x" * 25)}, "modal")
    assert check_view({**view, "type": "home"}, "modal")
    assert check_view({**view, "private_metadata": "x" * 3001}, "modal")


def test_whom_a_message_pings() -> None:
    literal = rich({"type": "text", "text": "<!channel>"})
    broadcast = rich({"type": "broadcast", "range": "channel"})

    assert pings("&lt;!channel&gt; @channel", [literal]) == []
    assert pings("<!channel> <@U123|x> <!subteam^S1>", [section("<!here|here>")]) == [
        "channel",
        "U123",
        "S1",
        "here",
    ]
    assert pings("x", [broadcast]) == ["channel"]
