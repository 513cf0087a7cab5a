"""No token in a log, an answer or the database, with everything logged that can be."""

import logging
import sqlite3
from contextlib import closing

import pytest

from bot.domain.reply import Button, Field, Form, Reply
from tests.chat.slack.conftest import Scene, until
from tests.chat.slack.messages import message
from tests.domain.announcements import announcement


async def test_tokens_stay_where_they_are(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = (scene.team["bot_token"], scene.fake.world.app_token, scene.fake.world.signing_secret)
    scene.answers.answer = Reply(text="Done.", buttons=(Button(label="Undo", action="/unsubscribe nlp"),))
    done = await scene.typed("/subscribe", "nlp")
    await scene.answered(done)
    form = Form(title="T", action="/subscribe", submit="Save", fields=(Field(name="a", label="A"),))
    scene.answers.answer = Reply(form=form)
    await scene.typed("/subscribe")
    await until(lambda: scene.fake.stage.shown(kind="modal"))
    await scene.fake.stage.open_home(scene.team["admin"])
    scene.answers.answer = Reply(text="Done.")
    for kind in ("500", "cut_json", "reset", "html", "error"):
        await scene.fake.stage.fault("chat.postMessage", kind)
        await scene.slack.send(message(announcement(), channel=scene.place()))
        await scene.fake.stage.fault("users.info", kind)
        scene.clock.pass_time(120)
        await scene.answered(await scene.typed("/topics"))
    await scene.fake.stage.revoke(scene.team["id"])
    await scene.slack.send(message(announcement(), channel=scene.place()))
    seen = caplog.text + repr(scene.fake.world.shown) + repr(scene.slack) + repr(vars(scene.slack))
    path = scene.database.url.database
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        dump = "\n".join(connection.iterdump())

    assert done["payload"]["response_url"].rpartition("/")[2] not in caplog.text
    for secret in secrets:
        assert secret not in seen
        assert secret not in dump
