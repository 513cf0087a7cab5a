import asyncio
from datetime import timedelta

from bot.domain.sending import Settlement
from bot.store.database import open_database
from bot.store.outbox import SqlOutbox
from tests.cli.conftest import Shell
from tests.clock import START
from tests.seeds import NLP, Seeds


def troubled(shell: Shell) -> None:
    """Leave one message sent, one dead and one of unknown end."""

    async def work() -> None:
        async with open_database(f"sqlite:///{shell.folder}/tidings.db") as database:
            seeds, outbox = Seeds(database), SqlOutbox(database)
            await seeds.channel()
            await seeds.announce("Sent", "Dead", "Unknown")
            for state in ("sent", "dead", "unknown"):
                message = (await outbox.claim([NLP], START, timedelta(seconds=90)))[NLP]
                settlement = Settlement(message=message.id, attempt=1, state=state, why="bad blocks", ref="r")
                await outbox.settle([settlement], START + timedelta(seconds=2))

    shell.run("migrate")
    asyncio.run(work())


def test_what_needs_a_person_is_listed_with_its_reason(shell: Shell) -> None:
    troubled(shell)

    found = shell.json("announcements", "list")

    assert [(one["title"], one["state"], one["why"]) for one in found] == [
        ("Unknown", "unknown", "bad blocks"),
        ("Dead", "dead", "bad blocks"),
    ]
    assert found[0]["channel"] == "room:demo/nlp"
    assert "bad blocks" in shell.run("announcements", "list")


def test_a_person_decides(shell: Shell) -> None:
    troubled(shell)
    unknown, dead = (one["message"] for one in shell.json("announcements", "list"))

    assert shell.run("announcements", "retry", unknown) == f"{unknown} is sent again\n"
    assert shell.run("announcements", "drop", dead) == f"{dead} is dropped\n"

    assert shell.json("announcements", "list") == []
    assert shell.json("status")["messages"] == {"cancelled": 1, "pending": 1, "sent": 1}


def test_what_needs_no_decision_is_refused(shell: Shell) -> None:
    shell.run("migrate")

    shell.run("announcements", "retry", "nothing", code=1)

    assert shell.errors == "nothing needs no decision: `tidings announcements list` shows what does.\n"


def test_status_counts_what_was_lost_and_doubled_and_how_quickly_messages_came(shell: Shell) -> None:
    troubled(shell)

    counted = shell.json("status")

    assert (counted["unknown"], counted["dead"], counted["lost"], counted["doubled"]) == (1, 1, 0, 0)
    assert counted["since"] == "2026-11-02T09:00:00+00:00"
