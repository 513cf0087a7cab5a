"""Modals and the Home: what views.open, views.update and views.publish need, do and answer."""

import secrets
import time

from tests.fakes.slack.blocks import check_view
from tests.fakes.slack.caller import Caller
from tests.fakes.slack.world import ApiError, Json


def views_open(caller: Caller) -> Json:
    view = _view(caller, "modal")
    trigger = _take_trigger(caller)
    shown = _keep_view(caller, view)
    caller.world.show("modal", trigger["user"], None, shown)
    return {"view": shown}


def views_update(caller: Caller) -> Json:
    known = caller.world.views.get(str(caller.args.get("view_id", "")))
    if known is None:
        raise ApiError("not_found")
    known.update(_view(caller, known["type"]))
    return {"view": known}


def views_publish(caller: Caller) -> Json:
    view = _view(caller, "home")
    user = caller.world.members.get(str(caller.args.get("user_id", "")))
    if user is None:
        raise ApiError("user_not_found")
    shown = _keep_view(caller, view)
    caller.world.show("home", user.id, None, shown)
    return {"view": shown}


def _view(caller: Caller, kind: str) -> Json:
    if wrong := check_view(caller.args.get("view"), kind):
        raise ApiError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {w}" for w in wrong]})
    view: Json = caller.args["view"]
    return view


def _keep_view(caller: Caller, view: Json) -> Json:
    shown = {
        **view,
        "id": caller.world.new_id("V"),
        "team_id": caller.team.id,
        "app_id": caller.team.app_id,
        "bot_id": caller.team.bot_id,
        "hash": secrets.token_hex(4),
        "private_metadata": view.get("private_metadata", ""),
        "callback_id": view.get("callback_id", ""),
        "state": {"values": {}},
    }
    caller.world.views[shown["id"]] = shown
    return shown


def _take_trigger(caller: Caller) -> Json:
    trigger = caller.world.triggers.get(str(caller.args.get("trigger_id", "")))
    if trigger is None or trigger["team"] != caller.team.id:
        raise ApiError("invalid_trigger_id")
    if trigger["taken"]:
        raise ApiError("exchanged_trigger_id")
    if time.time() > trigger["until"]:
        raise ApiError("expired_trigger_id")
    trigger["taken"] = True
    return trigger
