"""On PostgreSQL a row of story_shingles is no longer checked against its story when it is written.

Each check is a query and a row lock of its own: of the 34 ms that a first poll of twenty posts took in the server, 25
were checks of its 580 shingles. They are written with their story in one transaction, so there is nothing to find; what
the constraint did when a story goes, a trigger does, once for each statement.
"""

from alembic import op

revision = "016"
down_revision = "015"
branch_labels = None
depends_on = None

POSTGRES = (
    "ALTER TABLE story_shingles DROP CONSTRAINT fk_story_shingles_story",
    """CREATE FUNCTION forget_shingles() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM story_shingles USING gone WHERE story_shingles.story = gone.id;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER stories_deleted AFTER DELETE ON stories REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION forget_shingles()""",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in POSTGRES:
            op.execute(statement)
