"""`/tidings topic create|show|edit|delete`: a workspace's own topics."""

from datetime import timedelta

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.commands.topics import complete_topics
from bot.domain.errors import UsageError
from bot.domain.own_topics import TOO_MUCH, OwnRules, read_name, read_rules
from bot.domain.reply import Button, Field, Form, Reply
from bot.domain.typed import count
from bot.domain.vocabulary import Topic

DAYS = 30
#: With fewer posts than this in the archive a share says nothing.
ENOUGH = 30
ANYWAY = "anyway:"
SHOWN = 12


async def create(desk: Desk, call: Call) -> Reply:
    """Make a topic of words and phrases, each of which suffices."""
    text, anyway = _anyway(call.text)
    slug, rest = read_name(text)
    if await desk.own_topics.find(call.workspace, slug):
        raise UsageError(f"There is a topic {slug} of yours already: `/tidings topic edit {slug}` changes it.")
    rules = read_rules(rest or slug)
    known = await desk.topics.find(call.workspace, slug)
    if known is not None and known.slug != slug:
        raise UsageError(f"{slug} already means {known.label}; a word means one topic only.")
    return await _saved(desk, call, (slug, rules), "create", anyway=anyway)


async def edit(desk: Desk, call: Call) -> Reply:
    """Give one of the workspace's own topics other words; a form shows those it has."""
    text, anyway = _anyway(call.text)
    slug, rest = read_name(text)
    rules = await desk.own_topics.find(call.workspace, slug)
    if rules is None:
        raise UsageError(await _not_own(desk, call, slug))
    rest = call.values.get("terms", rest)
    if not rest:
        field = Field(
            name="terms", label="Words and phrases", value=str(rules), hint='"a phrase" word -not', required=True
        )
        form = Form(title=f"Edit {slug}", action=f"/tidings topic edit {slug}", fields=(field,))
        return Reply(text=f"{slug} has: {rules}. `/tidings topic edit {slug} WORDS` gives it others.", form=form)
    return await _saved(desk, call, (slug, read_rules(rest)), "edit", anyway=anyway)


def _anyway(text: str) -> tuple[str, bool]:
    return text.removeprefix(ANYWAY).strip(), text.startswith(ANYWAY)


async def _saved(desk: Desk, call: Call, made: tuple[str, OwnRules], verb: str, *, anyway: bool) -> Reply:
    slug, rules = made
    now = desk.clock.now()
    since = now - timedelta(days=DAYS)
    matched, total = await desk.own_topics.share(call.workspace, slug, rules, since)
    if total >= ENOUGH and matched > total * TOO_MUCH and not anyway:
        save = Button(label="Save anyway", action=f"/tidings topic {verb} {ANYWAY} {slug} {rules}")
        text = (
            f"{slug} would have {matched:,} of the last {count(total, 'post')}, more than a third. Nothing was saved."
        )
        return Reply(text=text, buttons=(save,), done=False)
    put = desk.own_topics.put(call.workspace, slug, rules, by=call.person.id, now=now, limit=desk.limits.topics)
    await put
    await desk.own_topics.rematch(call.workspace, slug, since)
    await desk.heed()
    said = f"{slug} is a topic here now" if verb == "create" else f"{slug} was changed; nothing is announced by that"
    text = f"{said}: it has {matched:,} of the {count(total, 'post')} of the last {DAYS} days."
    follow = Button(label=f"Follow {slug} here", action=f"/subscribe {slug}")
    return Reply(text=f"{text} `/subscribe {slug}` follows it.", buttons=(follow,), replace=call.pressed)


async def show(desk: Desk, call: Call) -> Reply:
    """Say by which words a topic is found."""
    if not call.text:
        raise UsageError("Say which topic: `/tidings topic show nlp`.")
    named = await desk.topics.find(call.workspace, call.text)
    topic = await desk.rules.rules(call.workspace, named.slug) if named else None
    if named is None or topic is None:
        raise UsageError(f"There is no topic {call.text}. `/topics` lists the topics.")
    own = await desk.own_topics.find(call.workspace, named.slug) is not None
    tuning = (await desk.feedback.tunings(call.channel)).get(named.slug, {})
    lines = [f"{named.label} ({'this workspace' if own else 'built in'})", *_terms(topic)]
    if named.parent:
        lines.append(f"Its posts belong to {named.parent}, too.")
    if named.aliases:
        lines.append(f"Also called: {', '.join(named.aliases)}.")
    if tuning:
        lines.append("Here only: " + ", ".join(f"“{term}” is {change}" for term, change in tuning.items()) + ".")
    edit_it = (Button(label="Edit", action=f"/tidings topic edit {named.slug}"),) if own else ()
    return Reply(text="\n".join(lines), buttons=edit_it)


def _terms(topic: Topic) -> list[str]:
    names = {"strong": "One suffices", "medium": "Counts", "weak": "Helps", "not": "Speaks against it"}
    lines = []
    for weight, terms in topic.terms.items():
        if terms:
            more = f" and {len(terms) - SHOWN} more" if len(terms) > SHOWN else ""
            lines.append(f"{names[weight]}: {', '.join(terms[:SHOWN])}{more}.")
    return lines


async def delete(desk: Desk, call: Call) -> Reply:
    """Delete one of the workspace's own topics."""
    slug, _ = read_name(call.text)
    if await desk.own_topics.find(call.workspace, slug) is None:
        raise UsageError(await _not_own(desk, call, slug))
    following = await desk.own_topics.followers(call.workspace, slug)
    if following and not await desk.rules.is_built_in(slug):
        places = count(following, "channel follows", "channels follow")
        raise UsageError(f"{places} {slug}; unsubscribe there first.")
    await desk.own_topics.delete(call.workspace, slug, by=call.person.id, now=desk.clock.now())
    await desk.heed()
    return Reply(text=f"The topic {slug} of this workspace is gone.", replace=call.pressed)


async def _not_own(desk: Desk, call: Call, slug: str) -> str:
    known = await desk.topics.find(call.workspace, slug)
    if known is None:
        return f"There is no topic {slug}. `/tidings topic create {slug} WORDS` makes one."
    return f"{known.label} is built in and stays as it is; `/tidings topic create {slug} WORDS` lays your own over it."


COMMANDS = (
    Command(
        verb="topic create",
        usage='NAME "a phrase" word -not',
        help="Make a topic of this workspace's own.",
        who=Who.WORKSPACE,
        run=create,
        examples=('/tidings topic create rag "retrieval augmented generation" rag -vacuum',),
    ),
    Command(
        verb="topic edit",
        usage='NAME ["a phrase" word -not]',
        help="Give a topic of this workspace other words.",
        who=Who.WORKSPACE,
        run=edit,
    ),
    Command(verb="topic delete", usage="NAME", help="Delete a topic of this workspace.", who=Who.WORKSPACE, run=delete),
    Command(
        verb="topic show",
        usage="TOPIC",
        help="Show by which words a topic is found.",
        run=show,
        complete=complete_topics,
    ),
)
