"""The Web API: what each method needs, does and answers. Errors are named as https://docs.slack.dev/reference/methods."""

from tests.fakes.slack.blocks import pings, require_blocks
from tests.fakes.slack.caller import Caller, Method
from tests.fakes.slack.views import views_open, views_publish, views_update
from tests.fakes.slack.world import ApiError, Channel, Json, Member, Message

_TEXT_CUT = 40_000
_PAGE = 100


def auth_test(caller: Caller) -> Json:
    team = caller.team
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": "tidings",
        "team_id": team.id,
        "user_id": team.bot_user,
        "bot_id": team.bot_id,
        "is_enterprise_install": False,
    }


def auth_revoke(caller: Caller) -> Json:
    caller.team.token_error = "token_revoked"
    return {"revoked": True}


def post_message(caller: Caller) -> Json:
    caller.require_scope("chat:write")
    channel = _writable(caller)
    text, blocks = _content(caller)
    _refuse_known_client_msg_id(caller, channel)
    message = Message(
        ts=caller.world.new_ts(),
        user=caller.team.bot_user,
        bot_id=caller.team.bot_id,
        app_id=caller.team.app_id,
        text=text[:_TEXT_CUT],
        blocks=blocks,
        metadata=_metadata(caller),
        thread_ts=caller.args.get("thread_ts"),
        pings=pings(text, blocks),
        request=dict(caller.args),
    )
    channel.messages.append(message)
    said: Json = {"channel": channel.id, "ts": message.ts, "message": message.shown(with_metadata=True)}
    if len(text) > _TEXT_CUT:
        said["warning"] = "message_truncated"
    return said


def _writable(caller: Caller) -> Channel:
    channel = caller.channel()
    if channel.is_archived:
        raise ApiError("is_archived")
    if channel.is_restricted:
        raise ApiError("restricted_action")
    is_in = caller.team.bot_user in channel.members
    if not is_in and "chat:write.public" not in caller.team.scopes:
        raise ApiError("not_in_channel")
    return channel


def _content(caller: Caller) -> tuple[str, list[Json] | None]:
    text = caller.args.get("text") or ""
    blocks = caller.args.get("blocks")
    if not isinstance(text, str):
        raise ApiError("invalid_arguments")
    if not text and not blocks and not caller.args.get("attachments"):
        raise ApiError("no_text")
    if blocks is not None:
        require_blocks(blocks)
    if len(caller.args.get("attachments") or []) > 100:
        raise ApiError("too_many_attachments")
    return text, blocks


def _metadata(caller: Caller) -> Json | None:
    metadata = caller.args.get("metadata")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or set(metadata) - {"event_type", "event_payload"}:
        raise ApiError("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise ApiError("invalid_metadata_schema")
    return metadata


def _refuse_known_client_msg_id(caller: Caller, channel: Channel) -> None:
    sent = caller.args.get("client_msg_id")
    known = sent and any(m.request.get("client_msg_id") == sent for m in channel.messages)
    if known and caller.world.dedupes_client_msg_id:
        raise ApiError("duplicate_message_found")


def _own_message(caller: Caller, channel: Channel) -> Message:
    found = next((m for m in channel.messages if m.ts == caller.args.get("ts")), None)
    if found is None:
        raise ApiError("message_not_found")
    if found.bot_id != caller.team.bot_id:
        raise ApiError("cant_update_message")
    return found


def update(caller: Caller) -> Json:
    caller.require_scope("chat:write")
    channel = _writable(caller)
    message = _own_message(caller, channel)
    message.text, message.blocks = _content(caller)
    message.pings = pings(message.text, message.blocks)
    message.metadata = _metadata(caller) or message.metadata
    message.edited = True
    return {"channel": channel.id, "ts": message.ts, "text": message.text}


def delete(caller: Caller) -> Json:
    caller.require_scope("chat:write")
    channel = caller.channel()
    channel.messages.remove(_own_message(caller, channel))
    return {"channel": channel.id, "ts": caller.args["ts"]}


def post_ephemeral(caller: Caller) -> Json:
    caller.require_scope("chat:write")
    channel = _writable(caller)
    text, blocks = _content(caller)
    user = str(caller.args.get("user", ""))
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    body = {"text": text, "blocks": blocks, "pings": pings(text, blocks)}
    caller.world.show("ephemeral", user, channel.id, body)
    return {"message_ts": caller.world.new_ts()}


def permalink(caller: Caller) -> Json:
    channel = caller.channel()
    ts = str(caller.args.get("message_ts", ""))
    if not any(m.ts == ts for m in channel.messages):
        raise ApiError("message_not_found")
    return {
        "channel": channel.id,
        "permalink": f"https://{caller.team.domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}",
    }


def history(caller: Caller) -> Json:
    channel = caller.channel()
    kind = "im" if channel.between else "groups" if channel.is_private else "channels"
    caller.require_scope(f"{kind}:history")
    if caller.team.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    found = [m for m in _between(caller, channel.messages) if m.thread_ts in (None, m.ts)]
    page = _page(caller, sorted(found, key=lambda m: m.ts, reverse=True))
    page["messages"] = [_with_replies(shown, channel) for shown in page["messages"]]
    return page


def _with_replies(shown: Json, channel: Channel) -> Json:
    replies = [m.ts for m in channel.messages if m.thread_ts == shown["ts"] != m.ts]
    return shown | (
        {"thread_ts": shown["ts"], "reply_count": len(replies), "latest_reply": max(replies)} if replies else {}
    )


def _between(caller: Caller, messages: list[Message]) -> list[Message]:
    oldest, latest = caller.args.get("oldest"), caller.args.get("latest")
    inclusive = caller.flag("inclusive")
    kept = []
    for message in messages:
        at = float(message.ts)
        after = oldest is None or at > float(oldest) or (inclusive and message.ts == oldest)
        before = latest is None or at < float(latest) or (inclusive and message.ts == latest)
        if after and before:
            kept.append(message)
    return kept


def _page(caller: Caller, messages: list[Message]) -> Json:
    limit = min(int(caller.args.get("limit") or _PAGE), caller.world.history_page)
    start = int(caller.args.get("cursor") or 0)
    with_metadata = caller.flag("include_all_metadata")
    page = messages[start : start + limit]
    has_more = start + limit < len(messages)
    return {
        "messages": [m.shown(with_metadata=with_metadata) for m in page],
        "has_more": has_more,
        "response_metadata": {"next_cursor": str(start + limit) if has_more else ""},
    }


def replies(caller: Caller) -> Json:
    channel = caller.channel()
    thread = str(caller.args.get("ts", ""))
    found = [m for m in channel.messages if thread in (m.ts, m.thread_ts)]
    if not found:
        raise ApiError("thread_not_found")
    return _page(caller, _between(caller, found))


def info(caller: Caller) -> Json:
    return {"channel": _readable(caller).shown(caller.team.bot_user)}


def _readable(caller: Caller) -> Channel:
    """Return a channel whose kind the token may look at."""
    caller.require_scope("channels:read", "groups:read", "im:read")
    channel = caller.channel()
    caller.require_scope("im:read" if channel.between else "groups:read" if channel.is_private else "channels:read")
    return channel


def join(caller: Caller) -> Json:
    caller.require_scope("channels:join")
    channel = caller.channel()
    if channel.is_private or channel.between:
        raise ApiError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise ApiError("is_archived")
    channel.members.add(caller.team.bot_user)
    return {"channel": channel.shown(caller.team.bot_user)}


def members(caller: Caller) -> Json:
    everybody = sorted(_readable(caller).members)
    start, limit = int(caller.args.get("cursor") or 0), int(caller.args.get("limit") or 100)
    more = str(start + limit) if start + limit < len(everybody) else ""
    return {"members": everybody[start : start + limit], "response_metadata": {"next_cursor": more}}


def open_direct(caller: Caller) -> Json:
    caller.require_scope("im:write")
    user = caller.world.members.get(str(caller.args.get("users", "")))
    if user is None or user.team != caller.team.id:
        raise ApiError("user_not_found")
    between = (caller.team.bot_user, user.id)
    for channel in caller.world.channels.values():
        if channel.between == between:
            return {"channel": {"id": channel.id}}
    made = Channel(
        id=caller.world.new_id("D"),
        team=caller.team.id,
        name="direct",
        between=between,
        members=set(between),
    )
    caller.world.channels[made.id] = made
    return {"channel": {"id": made.id}}


def list_channels(caller: Caller) -> Json:
    caller.require_scope("channels:read")
    shown = [c for c in caller.world.channels.values() if c.team == caller.team.id and not c.between]
    visible = [c for c in shown if not c.is_private or caller.team.bot_user in c.members]
    return {
        "channels": [c.shown(caller.team.bot_user) for c in visible],
        "response_metadata": {"next_cursor": ""},
    }


def user_info(caller: Caller) -> Json:
    caller.require_scope("users:read")
    user: Member | None = caller.world.members.get(str(caller.args.get("user", "")))
    if user is None:
        raise ApiError("user_not_found")
    # Slack leaves it out unless it is asked for.
    asked = str(caller.args.get("include_locale", "")).lower() in ("1", "true")
    return {"user": user.shown() | ({"locale": user.locale} if asked else {})}


METHODS: dict[str, Method] = {
    "auth.test": auth_test,
    "auth.revoke": auth_revoke,
    "chat.postMessage": post_message,
    "chat.update": update,
    "chat.delete": delete,
    "chat.postEphemeral": post_ephemeral,
    "chat.getPermalink": permalink,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.info": info,
    "conversations.join": join,
    "conversations.members": members,
    "conversations.open": open_direct,
    "conversations.list": list_channels,
    "users.info": user_info,
    "views.open": views_open,
    "views.update": views_update,
    "views.publish": views_publish,
}
