"""The file of topics: what is wrong is said by line, all at once."""

from pathlib import Path

import pytest

from bot.domain.errors import BadSettings
from bot.domain.topic_file import read_topics

TOPICS = Path(__file__).parents[2] / "config" / "topics.yaml"


def faults(text: str) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        read_topics(text, "topics.yaml")
    return [str(fault).removeprefix("topics.yaml:") for fault in caught.value.faults]


def test_the_topics_we_ship_load() -> None:
    assert len(read_topics(TOPICS.read_text("utf-8"), "topics.yaml")) >= 24


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: no topics: list them under `topics`"),
        ("topics:", "1: no topics: list them under `topics`"),
        ("topics:\n  - a", "1: names and values belong here"),
        ("topics:\n  a: {strong: [x]}\nother: 1", "3: unknown key `other`; there are topics"),
        ("topics:\n  a:\n    strong: [x]\n    colour: red", "4: unknown key `colour`; there are aliases, "),
        ("topics:\n  a: {strong: [x]}\n  a: {strong: [y]}", "3: a was set on line 2 already."),
        ("topics:\n  a: {name: A}", "2: topic `a` is empty"),
        ("topics:\n  a: {not: [b]}", "2: topic `a` is empty"),
        ("topics:\n  A b: {strong: [x]}", "2: topic `A b`: write its name with"),
        ("topics:\n  a:\n    strong:\n      - x\n      - '--'", "5: the term `--` has no letter or digit"),
        ("topics:\n  a:\n    strong: [no]", "3: must be a text, not False; put it between quotes"),
        ("topics:\n  a:\n    strong: [3.10]", "3: must be a text, not 3.1; put it between quotes"),
        ("topics:\n  a:\n    strong: x", "3: a list belongs here"),
        (
            "topics:\n  a:\n    strong: [open source]\n    weak: [open-source]",
            "4: the term `open-source` is in this topic already, as `open source`",
        ),
        ("topics:\n  a: {strong: [x], parent: b}", "2: there is no topic `b`"),
        ("topics:\n  a: {strong: [x], parent: a}", "2: the parents form a cycle: a"),
        (
            "topics:\n  a: {strong: [x], parent: b}\n  b: {strong: [y], parent: a}",
            "2: the parents form a cycle: a > b",
        ),
        (
            "topics:\n  a: {strong: [x], aliases: [z]}\n  b:\n    strong: [y]\n    aliases: [Z]",
            "5: `Z` already means `a`",
        ),
        ("topics:\n  a: {strong: [x], aliases: [b]}\n  b: {strong: [y]}", "2: `b` already means `b`"),
        ("topics:\n  a: {strong: [x], thresholds: {wide: 9}}", "2: thresholds must grow"),
        ("topics:\n  a: {strong: [x], thresholds: {wide: x}}", "2: must be a number, not 'x'"),
        ("topics:\n  a: {strong: [x], thresholds: {lax: 9}}", "2: unknown key `lax`; there are normal, strict, wide"),
        ("topics:\n  a: {strong: [x], name: 5}", "2: must be a text, not 5"),
        ("topics:\n  a: {strong: [x], categories: ['#']}", "2: `#` names nothing"),
        ("topics:\n  a: [x", "2: This is not YAML"),
        ("topics:\n  a: !!python/object:os.system {}", "2: "),
    ],
)
def test_a_mistake_is_said_with_its_line(text: str, expected: str) -> None:
    assert any(fault.startswith(expected) for fault in faults(text)), faults(text)


def test_all_mistakes_are_said_together_in_order() -> None:
    found = faults("topics:\n  a: {strong: ['.']}\n  b: {colour: red}\n")

    assert [fault.split(":")[0] for fault in found] == ["2", "3", "3"]


def test_thresholds_that_a_topic_does_not_set_are_the_common_ones() -> None:
    (topic,) = read_topics("topics:\n  a: {strong: [x], thresholds: {normal: 5}}", "topics.yaml")

    assert list(topic.thresholds.values()) == [3.0, 5.0, 8.0]
