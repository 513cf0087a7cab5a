"""Feeds, posts, subscriptions and the outbox: the same statements run on SQLite and PostgreSQL."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.store.columns import Serial, Time, metadata

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),  # `version`: grows with every change to what is wanted; `marker`
    Column("value", Text, nullable=False),
)


feeds = Table(
    "feeds",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("url", Text, nullable=False, unique=True),  # what shows no secret stands for one that has one
    Column("sealed", LargeBinary),  # the address itself, encrypted; null: it is the url
    Column("host", Text, nullable=False),
    Column("shard", Integer, nullable=False),  # crc32(host) % 64: one host, one shard
    Column("title", Text),
    Column("site", Text),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", LargeBinary),
    Column("item_hashes", LargeBinary, nullable=False, default=b""),
    Column("next_poll_at", Time, nullable=False),
    Column("interval_s", Integer, nullable=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("failing_since", Time),
    Column("error", Text),
    Column("last_poll_at", Time),
    Column("last_good_poll", Time),  # null: the first poll that parses only marks posts as known
    Column("paused_why", Text),
    Column("moved_to", Text),
    Column("moved_times", Integer, nullable=False, default=0),
    Column("hub", Text),
    Column("hub_topic", Text),
    Column("pushed_until", Time),  # null: no hub has proved that it pushes; polls are not relaxed
    Column("reported_at", Time),
    Column("wishes", Text),  # ttl in seconds;skipped hours;skipped days; null: the feed asked for nothing
    Column("lease_until", Time),  # null: nobody polls it now
    Column("lease_token", Text),
    Column("added_at", Time, nullable=False),
    Index(None, "next_poll_at"),
    Index(None, "shard", "next_poll_at"),
)


# Our address at a feed's WebSub hub. Both secrets are needed as they are: to be called by, and to check signatures.
hooks = Table(
    "hooks",
    metadata,
    Column("feed_id", ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True),
    Column("secret", Text, nullable=False),
    Column("asked_at", Time),  # null: no question is open
    Column("lease_until", Time),  # null: the hub does not push
    Column("next_at", Time, nullable=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("why", Text, nullable=False, default=""),
    Index(None, "next_at"),
)


# Who sees a feed. Workspace '' is shared by all; otherwise "slack:T1".
feed_workspaces = Table(
    "feed_workspaces",
    metadata,
    Column("feed_id", ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("added_by", Text, nullable=False, default=""),
    Column("added_at", Time, nullable=False),
    Index(None, "workspace"),
)


# guid, canonical link, title+date: what a feed has already brought. Outlives the feed's window by a year.
seen_keys = Table(
    "seen_keys",
    metadata,
    Column("feed_id", ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("seen_at", Time, nullable=False),
    sqlite_with_rowid=False,
)


stories = Table(
    "stories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", Time, nullable=False),
    Index(None, "created_at"),
)


story_keys = Table(
    "story_keys",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("story", ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Index(None, "story"),
    sqlite_with_rowid=False,
)


story_shingles = Table(
    "story_shingles",
    metadata,
    Column("shingle", BigInteger, primary_key=True),
    # On PostgreSQL a trigger does what the constraint would (migration 016).
    Column("story", ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "story"),
    sqlite_with_rowid=False,
)


posts = Table(
    "posts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("feed_id", ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("story", ForeignKey("stories.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text),  # null: the feed gave no safe link
    Column("summary", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("author", Text),
    Column("published", Time),
    Column("first_seen", Time, nullable=False),
    Column("sort_at", Time, nullable=False),  # published where believable, else first_seen
    Column("categories", JSON, nullable=False),
    Column("image", Text),
    Column("language", Text),
    Column("announced", Boolean, nullable=False),  # false: known from the first poll, a backfill, a re-key
    Column("views", Integer, nullable=False, default=0),
    Index(None, "feed_id", "sort_at"),
    Index(None, "sort_at"),
    Index(None, "story"),
    Index(None, "url"),
)


# Which topics a post has. Workspace '' for the built-in vocabulary, else a workspace's own topic.
post_topics = Table(
    "post_topics",
    metadata,
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("score", Double, nullable=False),
    Column("strictness", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("revision", Text, nullable=False),
    Column("sort_at", Time, nullable=False),
    Index(None, "workspace", "topic", "sort_at"),
)


channels = Table(
    "channels",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("name", Text, nullable=False, default=""),
    Column("state", Text, nullable=False, default="active"),
    Column("why", Text),
    Column("state_since", Time),
    Column("paused_until", Time),  # null while paused: until a person resumes it
    Column("wait_until", Time),  # null: no Retry-After holds it
    Column("last_sent_at", Time),
    Column("options", JSON, nullable=False, default=dict),
    Column("created_at", Time, nullable=False),
    UniqueConstraint("platform", "workspace", "external_id"),
)


subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("channel_id", ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),  # topic | feed | query
    Column("target", Text, nullable=False),  # slug | feed id | the query's text
    Column("feed_id", ForeignKey("feeds.id", ondelete="CASCADE")),  # null unless kind is feed
    Column("mode", JSON, nullable=False),
    Column("strictness", Text, nullable=False, default="normal"),
    Column("filters", JSON, nullable=False, default=list),
    Column("mention", Text),
    Column("created_by", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    UniqueConstraint("channel_id", "kind", "target"),
    Index(None, "kind", "target"),
    Index(None, "feed_id"),
)


announcements = Table(
    "announcements",
    metadata,
    Column("id", Text, primary_key=True),
    Column("channel_id", ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("story", ForeignKey("stories.id"), nullable=False),
    Column("post_id", ForeignKey("posts.id"), nullable=False),
    Column("message_id", Text),  # the message that carries it; null once removed by a person
    Column("topics", JSON, nullable=False),  # labels as shown
    Column("topic", Text),  # the first topic's slug; null for a feed or query subscription
    Column("subscriptions", JSON, nullable=False),
    Column("score", Double, nullable=False, default=0.0),
    Column("state", Text, nullable=False, default="planned"),  # planned | sent | cancelled | dead | removed
    Column("removed_by", Text),
    Column("created_at", Time, nullable=False),
    Column("sent_at", Time),
    UniqueConstraint("channel_id", "story"),
    Index(None, "message_id"),
    Index(None, "post_id"),
    Index(None, "channel_id", "created_at"),
    Index(None, "created_at"),
)


# The outbox.
messages = Table(
    "messages",
    metadata,
    Column("seq", Serial, primary_key=True),  # the order within a channel
    Column("id", Text, nullable=False, unique=True),
    Column("channel_id", ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, default="pending"),  # domain/transitions.py has the table
    Column("attempt", Integer, nullable=False, default=0),
    Column("due_at", Time, nullable=False),
    Column("retry_at", Time),  # null: no back-off
    Column("lease_until", Time),
    Column("doubt_until", Time),  # null: no earlier attempt ended without an answer
    Column("first_attempt_at", Time),
    Column("text", Text, nullable=False, default=""),
    Column("target", Text),  # the message to edit, publish or delete, or whose thread it goes in: its id
    Column("mention", Text),
    Column("silent", Boolean, nullable=False, default=False),
    Column("plain", Boolean, nullable=False, default=False),
    Column("ref", Text),
    Column("why", Text, nullable=False, default=""),
    Column("created_at", Time, nullable=False),
    Column("settled_at", Time),
    Index(
        "ix_messages_open",
        "channel_id",
        "due_at",
        "seq",
        sqlite_where=text("state IN ('pending', 'sending', 'unknown')"),
        postgresql_where=text("state IN ('pending', 'sending', 'unknown')"),
    ),
    Index(
        "ix_messages_target",
        "target",
        sqlite_where=text("target IS NOT NULL"),
        postgresql_where=text("target IS NOT NULL"),
    ),
    Index(
        "ix_messages_flying",
        "channel_id",
        sqlite_where=text("state = 'sending'"),
        postgresql_where=text("state = 'sending'"),
    ),
    Index(None, "channel_id", "settled_at"),
    Index("ix_messages_dead", "seq", sqlite_where=text("state = 'dead'"), postgresql_where=text("state = 'dead'")),
)


mutes = Table(
    "mutes",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("channel_id", ForeignKey("channels.id", ondelete="CASCADE")),  # null: everywhere in the workspace
    Column("kind", Text, nullable=False),  # feed | topic | word
    Column("target", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    Index(None, "platform", "workspace"),
)


# A workspace's own topics, and its overlays of built-in ones.
topics = Table(
    "topics",
    metadata,
    Column("workspace", Text, primary_key=True),  # "slack:T1"
    Column("slug", Text, primary_key=True),
    Column("rules", JSON, nullable=False),
    Column("revision", Integer, nullable=False, default=1),
    Column("created_by", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("changed_at", Time, nullable=False),
)


# `Not about nlp`: one vote per person and post.
votes = Table(
    "votes",
    metadata,
    Column("channel_id", ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True),
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("created_at", Time, nullable=False),
)


# What a channel changed about a topic for itself: {term: medium | weak | off}.
tunings = Table(
    "tunings",
    metadata,
    Column("channel_id", ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("terms", JSON, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Time, nullable=False),
)


# What each version changed; a version without rows here was made by a program that knew of none.
wish_changes = Table(
    "wish_changes",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("what", Text, primary_key=True),
    Column("subscription", BigInteger, primary_key=True, autoincrement=False),  # 0 unless a subscription changed
)


audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", Time, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("what", Text, nullable=False),
    Index(None, "workspace", "at"),
)


# What a button does where the command is longer than a chat lets a button carry.
actions = Table(
    "actions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("channel_id", ForeignKey("channels.id", ondelete="CASCADE"), nullable=False),
    Column("command", Text, nullable=False),
    Column("created_at", Time, nullable=False),
)
