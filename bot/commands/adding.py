"""`/tidings feeds add`: blogs by their addresses, packs, and whole lists (OPML), into a workspace's pool."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.commands.packs import add_packs, named_packs
from bot.commands.resolving import ADD_ANYWAY, ANYWAY, Findings, Meant, look_up
from bot.commands.wording import in_words, watching
from bot.domain.errors import TooManyLookups, UsageError
from bot.domain.following import FeedList
from bot.domain.language import Language
from bot.domain.links import host_of
from bot.domain.model import FeedId, FollowsFeed
from bot.domain.reply import Button, Field, Form, Reply
from bot.domain.typed import as_url, listed, unquoted

MOST_AT_ONCE = 50
#: Lines of the report on a list; whatever went wrong comes first.
MOST_LINES = 25


async def add_feeds(desk: Desk, call: Call) -> Reply:
    """Put blogs into the workspace's pool."""
    text = call.values.get("blogs", "").replace("\n", ", ") or call.text
    if not text:
        return _form(call.say)
    if packs := named_packs(desk, text):
        return await add_packs(desk, call, packs)
    findings = await _find_all(desk, call, text)
    lines = await _pooled(desk, call, findings)
    for found in findings.lists:
        lines += await _add_list(desk, call, found)
        findings.buttons.append(Button(label=call.say("What cannot be read"), action="/tidings feeds status"))
    return Reply(text="\n".join([*lines, *findings.problems]), buttons=tuple(findings.buttons), replace=call.pressed)


async def _find_all(desk: Desk, call: Call, text: str) -> Findings:
    """Look every address of *text* up, side by side; what is said of them keeps their order."""
    names = [part for piece in listed(text.removeprefix(ANYWAY)) for part in piece.split()]
    if len(names) > MOST_AT_ONCE:
        raise UsageError(
            "{most} addresses at once are the most; the link to an OPML list takes more.", most=MOST_AT_ONCE
        )
    parts = [Findings() for _ in names]
    anyway = text.startswith(ANYWAY)
    found = await asyncio.gather(
        *(_find(desk, call, name, part, anyway=anyway) for name, part in zip(names, parts, strict=True))
    )
    findings = Findings()
    for name, part in zip(names, parts, strict=True):
        findings.take(part if len(names) == 1 else _named(call.say, part, name))
    _put_off(desk, call.say, [name for name, looked_up in zip(names, found, strict=True) if not looked_up], findings)
    return findings


async def _find(desk: Desk, call: Call, name: str, findings: Findings, *, anyway: bool) -> bool:
    """Look one up; False: not now."""
    url = as_url(unquoted(name))
    if url is None:
        findings.problems.append(call.say("{name} is not an address such as simonwillison.net.", name=name))
        return True
    try:
        await look_up(desk, call, url, "/tidings feeds add", findings, anyway=anyway)
    except TooManyLookups:
        return False
    except UsageError as error:
        findings.problems.append(call.say(error.told))
    return True


def _named(say: Language, part: Findings, name: str) -> Findings:
    """Say of which of several addresses this is said."""
    host = host_of(as_url(unquoted(name)) or "")
    problems = [said if host in said else f"{host}: {said}" for said in part.problems]
    buttons = [
        replace(button, label=say("Add {host} anyway", host=host)[:70]) if button.label == say(ADD_ANYWAY) else button
        for button in part.buttons
    ]
    return replace(part, problems=problems, buttons=buttons)


def _put_off(desk: Desk, say: Language, names: Sequence[str], findings: Findings) -> None:
    if names:
        most = desk.limits.lookups
        can = say.plural(
            "{number} address a minute can be looked up", "{number} addresses a minute can be looked up", most
        )
        left = say.plural("{can}; {number} more is left.", "{can}; {number} more are left.", len(names), can=can)
        findings.problems.append(left)
        findings.buttons.append(Button(label=say("Look up the rest"), action=f"/tidings feeds add {', '.join(names)}"))


async def _pooled(desk: Desk, call: Call, findings: Findings) -> list[str]:
    """Put what was found into the pool and say so."""
    found: dict[FeedId, Meant] = {
        one.follows.feed_id: one for one in findings.meant if isinstance(one.follows, FollowsFeed)
    }
    if not found:
        return []
    say, now = call.say, desk.clock.now()
    new = await desk.feeds.add(call.workspace, list(found), by=call.person.id, now=now, limit=desk.limits.feeds)
    lines = _added(say, [one.label for feed, one in found.items() if feed in new])
    if known := [one.label for feed, one in found.items() if feed not in new]:
        lines.append(say("Known already: {names}.", names=in_words(say, known)))
    lines.append(watching(say, await desk.feeds.counts(call.workspace)))
    if len(found) == 1:
        (one,) = found.values()
        findings.buttons.append(Button(label=say("Post every article here"), action=f"/subscribe {one.url}"))
    return lines


def _added(say: Language, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [
        say.plural(
            "Added {names}; from now on its posts reach the topics of this workspace.",
            "Added {names}; from now on their posts reach the topics of this workspace.",
            len(names),
            names=in_words(say, names),
        )
    ]


async def _add_list(desk: Desk, call: Call, found: FeedList) -> list[str]:
    """Put a list's feeds into the pool, unread, and report on each; a feed that fails says so by itself later."""
    say = call.say
    total, most = len(found.feeds) + len(found.broken), desk.limits.feeds
    if len(found.feeds) > most:
        return [
            say.plural(
                "The list has {number} blog; a workspace can have {most} of its own.",
                "The list has {number} blogs; a workspace can have {most} of its own.",
                len(found.feeds),
                most=most,
            )
        ]
    now = desk.clock.now()
    known = await desk.feeds.know(found.feeds, now)
    new = await desk.feeds.add(call.workspace, [one.id for one in known], by=call.person.id, now=now, limit=most)
    lines = [say("{address}: no address that can be fetched", address=written) for written in found.broken]
    lines += [say("{blog}: known already", blog=feed.name) for feed in known if feed.id not in new]
    lines += [say("{blog}: added", blog=feed.name) for feed in known if feed.id in new]
    more = len(lines) - MOST_LINES
    rest = [say("… and {number} more.", number=more)] if more > 0 else []
    head = say.plural(
        "Added {number} blog; the list has {all}.", "Added {number} blogs; the list has {all}.", len(new), all=total
    )
    return [
        head,
        *(f"• {line}" for line in lines[:MOST_LINES]),
        *rest,
        watching(say, await desk.feeds.counts(call.workspace)),
    ]


def _form(say: Language) -> Reply:
    hint = say("One or several: simonwillison.net, https://…/feed.xml, or the link to an OPML list")
    field = Field(name="blogs", label=say("Addresses"), hint=hint, required=True)
    return Reply(
        text=say("Say which blog: `/tidings feeds add simonwillison.net`. Its posts then reach the topics here."),
        form=Form(title=say("Add blogs"), action="/tidings feeds add", submit=say("Add"), fields=(field,)),
        buttons=(Button(label=say("Packs of blogs"), action="/tidings feeds packs"),),
    )


COMMANDS = (
    Command(
        verb="feeds add",
        usage="URL, … or pack NAME",
        help="Add blogs whose posts reach the topics of this workspace.",
        who=Who.WORKSPACE,
        run=add_feeds,
        examples=(
            "/tidings feeds add simonwillison.net",
            "/tidings feeds add https://antirez.com/rss, vgel.me",
            "/tidings feeds add https://example.org/blogroll.opml",
            "/tidings feeds add pack rust",
        ),
    ),
)
