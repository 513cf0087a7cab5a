"""tidings plan, apply and dump, as typed."""

import pytest

from tests.cli.conftest import Shell

FILE = "feeds: [https://a.example/feed]\nworkspaces: {room:demo: {channels: {nlp: {subscriptions: [nlp]}}}}\n"
PLAN = "feeds shared by all\n  + feed https://a.example/feed\nroom:demo/nlp\n  + nlp\n2 places would change.\n"


def test_a_plan_changes_nothing_and_apply_does(shell: Shell) -> None:
    (shell.folder / "setup.yaml").write_text(FILE, encoding="utf-8")

    assert shell.run("plan", "setup.yaml") == PLAN
    assert shell.run("apply", "setup.yaml", code=1) == PLAN
    assert "`--yes`" in shell.errors
    assert shell.run("dump") == "feeds: []\nworkspaces: {}\n"

    assert shell.run("apply", "setup.yaml", "--yes") == f"{PLAN}Done.\n"
    assert shell.run("apply", "setup.yaml", "--yes") == "Nothing would change.\n"
    assert [one["follows"] for one in shell.json("subscriptions")["subscriptions"]] == ["nlp"]
    assert shell.run("dump") == (
        "feeds:\n- https://a.example/feed\nworkspaces:\n  room:demo:\n    channels:\n      nlp:\n"
        "        subscriptions:\n        - nlp\n"
    )


def test_a_file_with_mistakes_is_refused_whole(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    (shell.folder / "setup.yaml").write_text("feeds: [a]\nworkspaces: {slak:T: {}}\n", encoding="utf-8")

    shell.run("apply", "setup.yaml", "--yes", code=2)

    assert [line.partition(": ")[0] for line in shell.errors.splitlines()] == ["setup.yaml:1", "setup.yaml:2"]
    shell.run("plan", "nowhere.yaml", code=1)
    assert shell.errors == "There is no file nowhere.yaml.\n"
