"""`/tidings settings` and `budget`: what a channel gets, how it looks, and when."""

from collections.abc import Mapping
from dataclasses import replace

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.domain.channel_settings import GROUPS, OFF, SETTINGS, Setting, change_setting, setting_named
from bot.domain.channels import ChannelOptions
from bot.domain.errors import NotAllowed, UsageError
from bot.domain.language import Language
from bot.domain.message import Announcement
from bot.domain.model import AnnouncementId, FeedId, Post, PostId, StoryId
from bot.domain.reply import Button, Choice, Field, Form, Person, Reply
from bot.domain.templates import check_template, fill_template

SET = "/tidings settings"


async def settings(desk: Desk, call: Call) -> Reply:
    """Show the options, or change one; what a form sent changes several."""
    status = await desk.channels.status(call.channel)
    if call.values:
        return await _fill_in(desk, call, status.options)
    name, _, value = call.text.strip().partition(" ")
    if not name:
        return _shown(call, status.options)
    setting = setting_named(name)
    if not setting.works_in(call.channel.platform):
        chats = call.say.joined([chat.capitalize() for chat in sorted(setting.chats)])
        raise UsageError("`{name}` does something on {chats} only.", name=setting.name, chats=chats)
    if not value.strip():
        return Reply(text=_told(desk, call.say, setting, status.options))
    if setting.name == "template" and value.strip().casefold() != "off" and not call.pressed:
        return await show_template(desk, replace(call, text=value))
    return await _change(desk, call, status.options, {setting.name: value})


async def _fill_in(desk: Desk, call: Call, before: ChannelOptions) -> Reply:
    """Change what a form says. A new template is shown first, and what is empty where something must stand is left."""
    values = {name: text for name, text in call.values.items() if text.strip() or not setting_named(name).needs_value}
    template = values.get("template", "").strip()
    if template.casefold() in OFF or template == before.template:
        return await _change(desk, call, before, values)
    check_template(values.pop("template"))
    changed = await _change(desk, call, before, values)
    preview = await show_template(desk, replace(call, text=template))
    return replace(preview, text=f"{changed.text}\n\n{preview.text}")


async def _change(desk: Desk, call: Call, before: ChannelOptions, values: Mapping[str, str]) -> Reply:
    if not _may_change(call.person):
        raise NotAllowed("`{command}` is changed by people who may change this channel.", command=SET)
    say, after = call.say, before
    for name, value in values.items():
        after = change_setting(after, name, value)
    if after.language != before.language:
        say = _spoken(desk, after.language, say)
    changed = [one for one in SETTINGS.values() if one.of(before) != one.of(after)]
    if not changed:
        return Reply(text=say("Nothing changed: it was so already."), replace=call.pressed)
    await desk.channels.set_options(call.channel, after, desk.clock.now(), call.channel_name)
    lines = [
        say(
            "• {setting}: `{value}` (was `{before}`)",
            setting=one.title(say),
            value=one.of(after),
            before=one.of(before),
        )
        for one in changed
    ]
    return Reply(text="\n".join([say("Changed for this channel:"), *lines]), replace=call.pressed)


def _spoken(desk: Desk, code: str | None, before: Language) -> Language:
    """Return the language a channel chose. Raises UsageError where there is none of this code."""
    if code is None:
        return before
    if (say := desk.languages.find(code)) is None:
        there = ", ".join(f"`{known}`" for known in desk.languages)
        raise UsageError("I do not speak `{code}` yet. There are {codes}.", code=code, codes=there)
    return say


def _told(desk: Desk, say: Language, setting: Setting, options: ChannelOptions) -> str:
    text = say(
        "{setting}: `{value}`. It takes {values}.",
        setting=setting.title(say),
        value=setting.of(options),
        values=say(setting.takes),
    )
    if setting.name != "language":
        return text
    return f"{text} {say('There are {codes}.', codes=', '.join(f'`{known}`' for known in desk.languages))}"


def _shown(call: Call, options: ChannelOptions) -> Reply:
    say = call.say
    here = [one for one in SETTINGS.values() if one.works_in(call.channel.platform)]
    lines = [f"• `{one.name}` {one.of(options)} ({say(one.label)}: {say(one.takes)})" for one in here]
    last = say("`{command} NAME VALUE` changes one.", command=SET)
    text = "\n".join([say("Settings of this channel:"), *lines, last])
    if not _may_change(call.person):
        return Reply(text=text)
    return Reply(text=text, form=form_of(say, call.channel.platform, options))


def form_of(say: Language, platform: str, options: ChannelOptions) -> Form:
    """Return the form with every option that does something in this chat."""
    fields = tuple(_field(say, SETTINGS[name], options, say(group)) for group, names in GROUPS for name in names)
    usable = tuple(field for field in fields if SETTINGS[field.name].works_in(platform))
    return Form(title=say("Settings"), action=SET, fields=usable, submit=say("Save"))


def _field(say: Language, setting: Setting, options: ChannelOptions, group: str) -> Field:
    return Field(
        name=setting.name,
        label=setting.title(say),
        value=setting.of(options),
        hint=say(setting.takes),
        choices=tuple(Choice(value=choice, label=choice) for choice in setting.choices),
        group=group,
    )


async def budget(desk: Desk, call: Call) -> Reply:
    """Show or change how many posts a day come at once."""
    return await settings(desk, replace(call, text=f"budget {call.text}".strip()))


async def show_template(desk: Desk, call: Call) -> Reply:
    """Show what a template makes of a post, and offer to keep it."""
    status = await desk.channels.status(call.channel)
    say = call.say
    template = check_template(call.text.strip() or status.options.template or say("{title} – {blog|a blog}"))
    newest = await desk.posts.latest(call.workspace, None, limit=1)
    announcement = newest[0] if newest else _sample(desk, say)
    text = f"{say('With this template a post looks like this:')}\n\n{fill_template(template, announcement)}"
    if template == status.options.template:
        return Reply(text=text)
    use = Button(label=say("Use it here"), action=f"{SET} template {template}", style="primary")
    return Reply(text=text, buttons=(use,))


def _may_change(person: Person) -> bool:
    """Everybody may look, so the command itself lets everybody in."""
    return person.may_change_channel or person.may_change_workspace


def _sample(desk: Desk, say: Language) -> Announcement:
    now = desk.clock.now()
    post = Post(
        id=PostId(""),
        feed_id=FeedId(0),
        title=say("A title"),
        url="https://blog.example/post",
        summary=say("What it says."),
        author="Ann",
        published=now,
        first_seen=now,
    )
    return Announcement(id=AnnouncementId(""), story=StoryId(""), post=post, blog=say("A blog"), topics=("NLP",))


COMMANDS = (
    Command(
        verb="settings",
        usage="[NAME [VALUE]]",
        help="Show or change how and when posts come here.",
        run=settings,
        examples=(
            "/tidings settings",
            "/tidings settings quiet 22:00-07:00",
            "/tidings settings zone Europe/Berlin",
            "/tidings settings look compact",
            "/tidings settings language de",
        ),
    ),
    Command(
        verb="budget",
        usage="[N/day | off]",
        help="Let only the best N posts a day come at once; the rest make the day's digest.",
        who=Who.CHANNEL,
        run=budget,
        examples=("/tidings budget 10/day", "/tidings budget off"),
    ),
)
