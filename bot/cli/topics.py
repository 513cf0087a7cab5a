"""tidings topics list|match."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.common import AsJson, fail, say, settings, show_json, show_table

cli = typer.Typer(no_args_is_help=True, help="The topics that posts are matched against.")


@cli.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the built-in topics."""
    from bot.app import built_in_topics

    topics = built_in_topics(settings())
    if as_json:
        shown = [{"slug": t.slug, "label": t.label, "parent": t.parent, "aliases": list(t.aliases)} for t in topics]
        show_json({"topics": shown})
        return
    rows = [(topic.slug, topic.label, topic.parent, ", ".join(topic.aliases)) for topic in topics]
    show_table("Topics", ("topic", "name", "part of", "also called"), rows)


@cli.command("match")
def match(
    jsonl: Annotated[Path, typer.Option(help="Rows of title, text, source and categories.", exists=True)],
    strictness: Annotated[str, typer.Option(help="wide, normal or strict")] = "normal",
) -> None:
    """Print the topics of each row of a file, with the evidence: one line of JSON for each row."""
    from bot.app import built_in_topics
    from bot.domain.matching import match_text
    from bot.domain.model import Strictness
    from bot.domain.strictness import reaches
    from bot.domain.vocabulary import Vocabulary

    vocabulary = Vocabulary(built_in_topics(settings()))
    level = Strictness(strictness)
    for row in _rows(jsonl):
        found = match_text(row["title"], row["text"][:3000], row["categories"], vocabulary)
        topics = [
            {
                "slug": one.topic,
                "score": one.score,
                "evidence": [{"term": e.term, "where": e.where, "points": e.points} for e in one.evidence],
            }
            for one in found
            if reaches(one.strictness, level)
        ]
        say(json.dumps({"topics": topics}, ensure_ascii=False))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield each row with its fields as they must be; a line that is no row ends the command."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                fail(f"{path}:{number}: This line is not a JSON object.")
                raise typer.Exit(1)
            yield {
                "title": str(row.get("title") or ""),
                "text": str(row.get("text") or ""),
                "categories": [str(one) for one in row.get("categories") or ()],
            }
