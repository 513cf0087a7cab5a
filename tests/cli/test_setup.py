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
    (shell.folder / "latin.yaml").write_bytes("feeds: []  # früher".encode("latin-1"))
    shell.run("plan", "latin.yaml", code=1)
    assert shell.errors == "latin.yaml is no text in UTF-8.\n"
    shell.run("plan", "nowhere.yaml", code=1)
    assert shell.errors == "There is no file nowhere.yaml.\n"


def test_a_feed_behind_a_password_is_dumped_and_exported_without_it_unless_asked_for(shell: Shell) -> None:
    secret, file = "https://ann:canary@blog.example/feed", shell.folder / "setup.yaml"
    shell.run("feeds", "add", "--unchecked", secret, code=1)
    assert "SECRET_KEY first" in shell.errors
    shell.set(SECRET_KEY="of this test")
    assert "canary" not in shell.run("feeds", "add", "--unchecked", secret)

    dumped, open_ = shell.run("dump"), shell.run("dump", "--secrets")

    assert "https://…@blog.example/feed#sealed-" in dumped
    assert "canary" not in dumped + shell.run("feeds", "list") + shell.run("feeds", "list", "--json")
    assert f"feeds:\n- {secret}\n" in open_
    for text in (dumped, open_):
        file.write_text(text)
        assert shell.run("plan", str(file)) == "Nothing would change.\n"
    assert "blog.example" not in shell.run("feeds", "export")
    assert "1 feed has a password" in shell.errors
    assert secret in shell.run("feeds", "export", "--secrets")

    shell.set(DATABASE_URL=f"sqlite:///{shell.folder}/new.db")
    file.write_text(dumped)
    assert "canary" not in shell.run("apply", str(file), "--yes", code=1)
    assert "hidden in it" in shell.errors
    file.write_text(open_)
    shell.run("apply", str(file), "--yes")
    assert shell.run("dump", "--secrets") == open_
