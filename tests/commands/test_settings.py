import pytest

from bot.domain.channel_settings import GROUPS, SETTINGS
from bot.domain.channels import Look, QuietHours
from tests.commands.conftest import GUEST, MEMBER, Talk
from tests.seeds import NLP, Seeds


async def options(talk: Talk) -> object:
    return (await talk.desk.channels.status(NLP)).options


async def test_alone_it_shows_every_option_and_a_form_to_who_may_change_them(talk: Talk) -> None:
    text = await talk.type("/tidings settings", who=MEMBER)

    assert "• `quiet` off" in text
    assert "`threads`" not in text
    assert talk.last.form is not None
    fields = talk.last.form.fields
    assert {field.name for field in fields} == {one.name for one in SETTINGS.values() if one.works_in("room")}
    assert {field.name: field.group for field in fields}["look"] == "Look"
    assert "`quiet`" in await talk.type("/tidings settings", who=GUEST)
    assert talk.last.form is None


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("quiet 22:00-07:00", "quiet", QuietHours(start=1320, end=420)),
        ("zone berlin", "zone", "Europe/Berlin"),
        ("look compact", "look", Look.COMPACT),
        ("images off", "images", "off"),
        ("summary 0", "summary_length", 0),
        ("burst 8", "burst", 8),
        ("budget 10/day", "budget", 10),
        ("on-unknown ask", "on_unknown", "ask"),
        ("views on", "views", True),
    ],
)
async def test_one_option_is_changed_and_the_change_is_said(talk: Talk, typed: str, field: str, value: object) -> None:
    text = await talk.type(f"/tidings settings {typed}")

    assert text.startswith("Changed for this channel:")
    assert getattr(await options(talk), field) == value


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("quiet 25:00-07:00", "00:00 to 23:59"),
        ("zone Europe/Atlantis", "Region/City"),
        ("look huge", "`full`, `compact` and `title-only`"),
        ("summary 601", "from 0 to 600"),
        ("budget 0", "`1/day` to `1000/day`"),
        ("budget 1000000", "`1/day` to `1000/day`"),
        ("template {titel}", "no placeholder {titel}. There are {title}"),
        ("template {title", "A brace stands alone"),
        ("silence off", "Did you mean `silent`?"),
        ("views maybe", "`on` or `off`"),
        ("threads on", "`threads` does something on Discord and Slack only."),
        ("publish on", "`publish` does something on Discord only."),
        ("silent all", "`silent` does something on Discord only."),
    ],
)
async def test_what_cannot_be_is_answered_with_what_can(talk: Talk, typed: str, says: str) -> None:
    before = await options(talk)

    assert says in await talk.type(f"/tidings settings {typed}")
    assert await options(talk) == before


async def test_a_form_changes_several_and_only_for_who_may(talk: Talk) -> None:
    await talk.type("/tidings settings")
    berlin = "Europe/Berlin"

    assert "is changed by people who may" in await talk.press("Save", who=GUEST, zone=berlin)
    await talk.type("/tidings settings")
    text = await talk.press("Save", zone=berlin, quiet="off", budget="", look="compact", images="", burst="")

    assert text.splitlines()[1:] == [
        "• Time zone: `Europe/Berlin` (was `off`)",
        "• Look: `compact` (was `full`)",
    ]


async def test_one_name_alone_says_what_it_is_and_takes(talk: Talk) -> None:
    assert await talk.type("/tidings settings quiet") == (
        "Quiet hours: `off`. It takes off | from-to, as in 22:00-07:00."
    )


async def test_a_template_is_seen_before_it_is_kept(talk: Talk, seeds: Seeds) -> None:
    await talk.type("/subscribe nlp")
    text = await talk.type("/tidings settings template {title} by {author|somebody} {{x}}")

    assert text.endswith("A title by Ann {x}")
    assert getattr(await options(talk), "template") is None  # noqa: B009

    assert "Template" in await talk.press("Use it here")
    assert getattr(await options(talk), "template") == "{title} by {author|somebody} {{x}}"  # noqa: B009


async def test_a_template_in_a_form_is_seen_before_it_is_kept(talk: Talk) -> None:
    await talk.type("/tidings settings")
    assert "no placeholder {titel}" in await talk.press("Save", look="compact", template="{titel}")
    assert getattr(await options(talk), "look") is Look.FULL  # noqa: B009

    await talk.type("/tidings settings")
    text = await talk.press("Save", look="compact", template="{title}!")

    assert text.splitlines()[1] == "• Look: `compact` (was `full`)"
    assert text.endswith("A title!")
    assert getattr(await options(talk), "template") is None  # noqa: B009
    await talk.press("Use it here")
    assert getattr(await options(talk), "template") == "{title}!"  # noqa: B009


async def test_what_stands_in_a_group_fits_a_small_modal() -> None:
    named = [name for _, names in GROUPS for name in names]

    assert sorted(named) == sorted(SETTINGS)
    assert max(len(names) for _, names in GROUPS) <= 5


async def test_a_budget_is_a_command_of_its_own(talk: Talk) -> None:
    assert "`10/day` (was `off`)" in await talk.type("/tidings budget 10/day")
    assert "`off` (was `10/day`)" in await talk.type("/tidings budget off")
    assert await talk.type("/tidings budget off") == "Nothing changed: it was so already."
