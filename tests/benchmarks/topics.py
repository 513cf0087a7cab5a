"""How well the vocabulary finds topics, on labelled posts: precision, recall, F1 and errors, whole blogs left out."""

import gzip
import json
import os
import time
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bot.domain.matching import match_text
from bot.domain.model import Match, Strictness
from bot.domain.topic_file import read_topics
from bot.domain.vocabulary import Topic, Vocabulary
from bot.engine.loop import spare_collections
from tests.benchmarks._plain import PlainMatcher

#: The topics that the labelled posts were judged for.
MEASURED = (
    *("nlp", "ai", "python", "javascript", "rust", "go", "databases", "security", "devops", "web"),
    *("distributed-systems", "open-source", "career", "hardware", "design", "data-engineering"),
)
THRESHOLDS = (3.0, 4.0, 5.0, 6.0, 8.0)
TOPICS = Path(__file__).parents[2] / "config" / "topics.yaml"


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled post: 1 and 0 for the topics that were judged, nothing for the others."""

    source: str
    title: str
    text: str
    labels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """How one topic did."""

    hits: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.false) if self.hits + self.false else 0.0

    @property
    def recall(self) -> float:
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def main(arguments: Sequence[str]) -> int:
    """Print the table that docs/topics.md has."""
    parser = ArgumentParser(prog="./run bench topics")
    parser.add_argument("--data", type=Path, default=os.environ.get("TOPICS_DATA"), help="gzipped JSON lines, labelled")
    parser.add_argument("--topics", type=Path, default=TOPICS)
    parser.add_argument("--errors", metavar="TOPIC", help="list the worst errors of one topic, of all where `all`")
    options = parser.parse_args(arguments)
    if options.data is None:
        print("Give the labelled posts: ./run bench topics --data topics-train.jsonl.gz")
        return 2
    rows = read_rows(options.data)
    topics = read_topics(options.topics.read_text("utf-8"), str(options.topics))
    # Scores below a topic's own thresholds are wanted too, to try others.
    low = dict.fromkeys(Strictness, min(THRESHOLDS))
    vocabulary = Vocabulary([replace(topic, thresholds=low) for topic in topics])
    found = [{m.topic: m for m in match_text(row.title, row.text, (), vocabulary)} for row in rows]
    normal = {topic.slug: topic.thresholds[Strictness.NORMAL] for topic in topics}
    _print_table(rows, found, normal)
    _print_mixed(rows, found, normal["nlp"])
    print(f"\n{len(topics)} topics, {len(vocabulary.claims):,} terms; time for all of them:")
    _print_speed(rows, topics)
    for slug in MEASURED if options.errors == "all" else filter(None, [options.errors]):
        _print_errors(slug, rows, found, normal[slug])
    return 0


def _print_speed(rows: Sequence[Row], topics: Sequence[Topic]) -> None:
    """Print what a post costs, and what it costs the plain way: turn about, since a shared machine's pace changes."""
    vocabulary, plain = Vocabulary(topics), PlainMatcher(topics)
    # As the program starts: the matches kept for the tables above are hundreds of thousands of things to go over.
    spare_collections()
    batches = [rows[at : at + 500] for at in range(0, len(rows), 500)]
    spent: dict[str, list[float]] = {"plain": [], "ours": []}
    for batch in batches:
        started = time.process_time()
        for row in batch:
            plain.scores(row.title, row.text)
        between = time.process_time()
        for row in batch:
            match_text(row.title, row.text, (), vocabulary)
        spent["plain"].append((between - started) / len(batch) * 1e6)
        spent["ours"].append((time.process_time() - between) / len(batch) * 1e6)
    ours, slow = median(spent["ours"]), median(spent["plain"])
    least = {name: min(times) for name, times in spent.items()}
    print(f"{ours:.0f} µs a post, {least['ours']:.0f} in the best of {len(batches)} batches")
    print(f"{slow:.0f} µs n-gram by n-gram, {least['plain']:.0f} in the best; ratio {ours / slow:.2f}")


def read_rows(path: Path) -> list[Row]:
    """Return the labelled posts of a file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [
            Row(source=one["source"], title=one["title"], text=one["x3000"], labels=one["labels"])
            for one in map(json.loads, lines)
        ]


Found = Sequence[Mapping[str, Match]]


def figures(slug: str, rows: Sequence[Row], found: Found, threshold: float) -> Figures:
    """Count a topic's hits and errors over the rows that were judged for it."""
    count = Counter(
        (row.labels[slug], slug in matches and matches[slug].score >= threshold)
        for row, matches in zip(rows, found, strict=True)
        if slug in row.labels
    )
    return Figures(hits=count[1, True], false=count[0, True], missed=count[1, False])


def left_out(slug: str, rows: Sequence[Row], found: Found) -> Figures:
    """Choose the threshold on all other blogs, blog by blog, and add up how each did on the one left out."""
    blogs: dict[str, tuple[list[Row], list[Mapping[str, Match]]]] = defaultdict(lambda: ([], []))
    for row, matches in zip(rows, found, strict=True):
        blogs[row.source][0].append(row)
        blogs[row.source][1].append(matches)
    by_blog = {
        blog: {threshold: figures(slug, *posts, threshold) for threshold in THRESHOLDS} for blog, posts in blogs.items()
    }
    chosen = [
        of[max(THRESHOLDS, key=lambda t: _sum(other[t] for name, other in by_blog.items() if name != blog).f1)]
        for blog, of in by_blog.items()
    ]
    return _sum(chosen)


def _sum(parts: Iterable[Figures]) -> Figures:
    found = list(parts)
    return Figures(
        hits=sum(one.hits for one in found),
        false=sum(one.false for one in found),
        missed=sum(one.missed for one in found),
    )


def _print_table(rows: Sequence[Row], found: Found, normal: Mapping[str, float]) -> None:
    header = " | ".join(f"at {threshold:g}" for threshold in THRESHOLDS)
    print(f"| topic | normal | P | R | F1 | F1, threshold left out | {header} |")
    print("|---|---|---|---|---|---|" + "---|" * len(THRESHOLDS))
    whole, out, each = 0.0, 0.0, dict.fromkeys(THRESHOLDS, 0.0)
    for slug in MEASURED:
        own, other = figures(slug, rows, found, normal[slug]), left_out(slug, rows, found)
        f1s = {threshold: figures(slug, rows, found, threshold).f1 for threshold in THRESHOLDS}
        cells = " | ".join(f"{f1:.2f}" for f1 in f1s.values())
        print(
            f"| {slug} | {normal[slug]:g} | {own.precision:.2f} | {own.recall:.2f} | {own.f1:.3f} | {other.f1:.3f} "
            f"| {cells} |"
        )
        whole, out = whole + own.f1, out + other.f1
        each = {threshold: each[threshold] + f1s[threshold] for threshold in THRESHOLDS}
    cells = " | ".join(f"{f1 / len(MEASURED):.2f}" for f1 in each.values())
    print(f"| macro-F1 | | | | {whole / len(MEASURED):.3f} | {out / len(MEASURED):.3f} | {cells} |")


def _print_mixed(rows: Sequence[Row], found: Found, threshold: float) -> None:
    """Print how many posts of blogs that write about more than NLP and AI are wrongly called NLP."""
    subjects: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        subjects[row.source].add(row.labels.get("ai", 0))
    wrong = [
        "nlp" in matches and matches["nlp"].score >= threshold
        for row, matches in zip(rows, found, strict=True)
        if row.labels.get("nlp") == 0 and 0 in subjects[row.source]
    ]
    share = sum(wrong) / len(wrong)
    print(f"\nnot NLP, on blogs of mixed subjects, and called NLP: {sum(wrong)} of {len(wrong)}, {share:.2%}")


def _print_errors(slug: str, rows: Sequence[Row], found: Found, threshold: float) -> None:
    """Print the surest false matches, and the misses that came closest, a few for each blog."""
    false: list[tuple[float, Row, Match | None]] = []
    missed: list[tuple[float, Row, Match | None]] = []
    for row, matches in zip(rows, found, strict=True):
        match = matches.get(slug)
        score = match.score if match else 0.0
        if row.labels.get(slug) == 0 and score >= threshold:
            false.append((score, row, match))
        if row.labels.get(slug) == 1 and score < threshold:
            missed.append((-score, row, match))
    for name, errors in (("false", false), ("missed", missed)):
        shown: Counter[str] = Counter()
        print(f"\n{slug}: {len(errors)} {name}")
        for score, row, match in sorted(errors, key=lambda error: -error[0]):
            shown[row.source] += 1
            if shown[row.source] <= 3 and shown.total() <= 40:
                why = ", ".join(f"{e.term} {e.where} {e.points:+g}" for e in (match.evidence[:4] if match else ()))
                print(f"  {abs(score):5.1f}  {row.source}: {row.title[:70]}  [{why}]")
