"""Posts can be searched: FTS5 on SQLite, an index over a tsvector on PostgreSQL."""

from alembic import op

revision = "008"
down_revision = "007"
branch_labels = None
depends_on = None

# FTS5 knows its rows by number. A table without INTEGER PRIMARY KEY may be renumbered by VACUUM, so posts get a
# number of their own here, in the order in which they were stored.
SQLITE = (
    "CREATE TABLE post_numbers (number INTEGER PRIMARY KEY, post_id TEXT NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE post_words USING fts5(title, summary, tokenize = 'unicode61 remove_diacritics 2')",
    """CREATE TRIGGER post_stored AFTER INSERT ON posts BEGIN
        INSERT INTO post_numbers (post_id) VALUES (new.id);
        INSERT INTO post_words (rowid, title, summary)
            SELECT number, new.title, new.summary FROM post_numbers WHERE post_id = new.id;
    END""",
    """CREATE TRIGGER post_rewritten AFTER UPDATE OF title, summary ON posts
        WHEN new.title <> old.title OR new.summary <> old.summary BEGIN
        UPDATE post_words SET title = new.title, summary = new.summary
            WHERE rowid = (SELECT number FROM post_numbers WHERE post_id = new.id);
    END""",
    """CREATE TRIGGER post_deleted AFTER DELETE ON posts BEGIN
        DELETE FROM post_words WHERE rowid = (SELECT number FROM post_numbers WHERE post_id = old.id);
        DELETE FROM post_numbers WHERE post_id = old.id;
    END""",
    "INSERT INTO post_numbers (post_id) SELECT id FROM posts ORDER BY first_seen, id",
    """INSERT INTO post_words (rowid, title, summary)
        SELECT number, title, summary FROM post_numbers JOIN posts ON posts.id = post_id""",
)
POSTGRES = "CREATE INDEX ix_posts_words ON posts USING gin (to_tsvector('simple', title || ' ' || summary))"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE:
            op.execute(statement)
    else:
        op.execute(POSTGRES)
