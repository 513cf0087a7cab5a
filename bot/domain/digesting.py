"""What a channel gets, and when: single posts, digests, and how much of it.

For each channel, over one batch of new stories:
1. a story is announced once, with the names of every topic that wants it;
2. a want in digest mode joins the digest of that time; `each` wins over digests, the earliest digest over later ones;
3. quiet hours: it joins the catch-up digest at their end;
4. budget: the best-scoring go out at once while the day's number lasts, the rest join the day's digest;
5. burst: more than N within ten minutes become one digest.
A backlog of single posts becomes digests, too (store/tidying.py).
Nothing is dropped.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.channels import ChannelOptions
from bot.domain.keys import new_id
from bot.domain.localtime import instant
from bot.domain.message import MessageKind
from bot.domain.model import AnnouncementId, Channel, Digest, Each, MessageId, StoryId, Want
from bot.domain.planning import ChannelLoad, PlannedAnnouncement, PlannedMessage, StoryWants
from bot.domain.quiet import quiet_until
from bot.domain.schedules import next_run
from bot.domain.unsaid import stored

BURST_WINDOW = timedelta(minutes=10)
#: A digest stays within what every chat shows in one message; more of it becomes a second one.
DIGEST_SIZE = 25
#: More single posts than the burst that waited this long (an outage, a pause, a slow chat) become digests.
BACKLOG_AGE = timedelta(hours=1)
BACKLOG_HEADING = stored("What came meanwhile")
#: The rest of a day over budget comes at 18:00 local time.
DAYS_DIGEST = 18 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A story for one channel, and when: None is at once."""

    announcement: PlannedAnnouncement
    due_at: datetime | None
    mention: str | None = None


def plan(
    stories: Sequence[StoryWants], loads: Mapping[Channel, ChannelLoad], now: datetime, default_zone: str
) -> Sequence[PlannedMessage]:
    """Return the messages for all channels in *loads*; safe to repeat, since stories a channel knows are left out."""
    by_channel: dict[Channel, list[_Wanted]] = defaultdict(list)
    for story in stories:
        for channel, wants in _by_channel(story.wants).items():
            if channel in loads and story.story not in loads[channel].known:
                by_channel[channel].append(_merge(story, wants, now))
    planned: list[PlannedMessage] = []
    for channel, wanted in by_channel.items():
        planned += _plan_channel(loads[channel], _once(wanted), now, default_zone)
    return planned


def _by_channel(wants: Iterable[Want]) -> Mapping[Channel, list[Want]]:
    found: dict[Channel, list[Want]] = defaultdict(list)
    for want in wants:
        found[want.channel].append(want)
    return found


def _once(wanted: Iterable[_Wanted]) -> list[_Wanted]:
    first: dict[StoryId, _Wanted] = {}
    for one in wanted:
        first.setdefault(one.announcement.story, one)
    return list(first.values())


def _merge(story: StoryWants, wants: Sequence[Want], now: datetime) -> _Wanted:
    """Make one announcement of several wants: all their names, the best score, the soonest way."""
    ordered = sorted(wants, key=lambda want: -want.score)
    announcement = PlannedAnnouncement(
        id=AnnouncementId(new_id()),
        story=story.story,
        post=story.post,
        topics=tuple(dict.fromkeys(label for want in ordered for label in want.topics)),
        topic=next((want.topic for want in ordered if want.topic), None),
        score=ordered[0].score,
        subscriptions=tuple(want.subscription for want in ordered),
    )
    digests = [want.mode for want in wants if isinstance(want.mode, Digest)]
    if any(isinstance(want.mode, Each) for want in wants):
        mentions = [want.mention for want in wants if want.mention and isinstance(want.mode, Each)]
        return _Wanted(announcement=announcement, due_at=None, mention=mentions[0] if mentions else None)
    return _Wanted(announcement=announcement, due_at=min(next_run(digest, now) for digest in digests))


def _plan_channel(
    load: ChannelLoad, wanted: Sequence[_Wanted], now: datetime, default_zone: str
) -> list[PlannedMessage]:
    options = load.status.options
    zone = options.zone or default_zone
    digests: dict[datetime, list[_Wanted]] = defaultdict(list)
    headings: dict[datetime, str] = {}

    def later(ones: Iterable[_Wanted], due_at: datetime, heading: str) -> None:
        for one in ones:
            due = quiet_until(options.quiet, zone, due_at) or due_at
            headings.setdefault(due, heading if due == due_at else stored("While it was quiet"))
            digests[due].append(one)

    for one in wanted:
        if one.due_at is not None:
            later([one], one.due_at, stored("Your digest"))
    singles: Sequence[_Wanted] = [one for one in wanted if one.due_at is None]
    if quiet_until(options.quiet, zone, now) is not None:
        later(singles, now, stored("While it was quiet"))
        singles = []
    singles, over = _within_budget(singles, options, load.today)
    later(over, _days_digest(now, zone), stored("Over today's budget"))
    if singles and load.recent + len(singles) > options.burst:
        later(singles, _burst_due(load, now), stored("Several at once"))
        singles = []
    messages = [_single(load, one, now, first=index == 0) for index, one in enumerate(singles)]
    for due_at, ones in sorted(digests.items()):
        messages += _digests(load, ones, due_at, headings[due_at])
    return messages


def _within_budget(
    singles: Sequence[_Wanted], options: ChannelOptions, today: int
) -> tuple[Sequence[_Wanted], Sequence[_Wanted]]:
    if options.budget is None:
        return singles, []
    left = max(0, options.budget - today)
    ranked = sorted(singles, key=lambda one: -one.announcement.score)
    best = {one.announcement.id for one in ranked[:left]}
    return [one for one in singles if one.announcement.id in best], ranked[left:]


def _days_digest(now: datetime, zone: str) -> datetime:
    day = now.astimezone(ZoneInfo(zone)).date()
    due = instant(day, DAYS_DIGEST, zone)
    return due if due > now else instant(day + timedelta(days=1), DAYS_DIGEST, zone)


def _burst_due(load: ChannelLoad, now: datetime) -> datetime:
    """A burst out of silence goes out now; what follows it is collected, at most until the window ends."""
    if load.recent == 0:
        return now
    soon = [due_at for due_at, digest in load.open_digests.items() if now < due_at <= now + BURST_WINDOW]
    return min(soon, default=now + BURST_WINDOW)


def _single(load: ChannelLoad, one: _Wanted, now: datetime, *, first: bool) -> PlannedMessage:
    # A role is mentioned at most once in ten minutes: only where nothing came in them.
    mention = one.mention if first and load.recent == 0 else None
    return PlannedMessage(
        id=MessageId(new_id()),
        channel=load.status.channel,
        kind=MessageKind.POST,
        due_at=now,
        announcements=(one.announcement,),
        mention=mention,
        silent=load.status.options.silent == "all",
    )


def _digests(load: ChannelLoad, ones: Sequence[_Wanted], due_at: datetime, heading: str) -> Iterable[PlannedMessage]:
    """Fill the digest that waits for this time, then as many more as it takes."""
    left = [one.announcement for one in ones]
    waiting = load.open_digests.get(due_at)
    room = 0 if waiting is None else max(0, DIGEST_SIZE - waiting.size)
    if waiting is not None and room:
        yield replace(_digest(load, left[:room], due_at, heading), id=waiting.message, joins=True)
    for start in range(room, len(left), DIGEST_SIZE):
        yield _digest(load, left[start : start + DIGEST_SIZE], due_at, heading)


def _digest(
    load: ChannelLoad, announcements: Sequence[PlannedAnnouncement], due_at: datetime, heading: str
) -> PlannedMessage:
    return PlannedMessage(
        id=MessageId(new_id()),
        channel=load.status.channel,
        kind=MessageKind.DIGEST,
        due_at=due_at,
        announcements=tuple(announcements),
        text=heading,
        silent=load.status.options.silent != "off",
    )
