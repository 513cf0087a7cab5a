"""OAuth v2: the page where an admin says yes, and the exchange of the code."""

import base64
import secrets
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes.slack.world import ApiError, Json, World


class OAuth:
    """Stands for slack.com/oauth/v2/authorize, where the admin of `?team=` always says yes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, Json] = {}

    async def authorize(self, request: web.Request) -> web.StreamResponse:
        """Send the browser back with a code, or say what is wrong with the link."""
        asked = request.query
        if asked.get("client_id") != self._world.client_id:
            return web.Response(status=400, text="invalid_client_id")
        team = self._world.teams.get(asked.get("team", ""))
        if team is None:
            return web.Response(status=400, text="name a team of this server: &team=T...")
        back = asked.get("redirect_uri", "")
        if not back.startswith(("http://127.0.0.1", "http://localhost", "https://")):
            return web.Response(status=400, text="bad_redirect_uri")
        code = secrets.token_hex(16)
        self._codes[code] = {"team": team.id, "redirect_uri": back, "scope": asked.get("scope", "")}
        raise web.HTTPFound(f"{back}?{urlencode({'code': code, 'state': asked.get('state', '')})}")

    def access(self, request: web.Request, args: Json) -> Json:
        """Exchange a code for a token: once, with the secret, and with the address it was made for."""
        client_id, client_secret = _client(request, args)
        if client_id != self._world.client_id:
            raise ApiError("invalid_client_id")
        if client_secret != self._world.client_secret:
            raise ApiError("bad_client_secret")
        grant = self._codes.pop(str(args.get("code", "")), None)
        if grant is None:
            raise ApiError("invalid_code")
        if grant["redirect_uri"] and args.get("redirect_uri") != grant["redirect_uri"]:
            raise ApiError("bad_redirect_uri")
        return self._installed(grant)

    def _installed(self, grant: Json) -> Json:
        team = self._world.teams[grant["team"]]
        # A token that was revoked stays so; an installation that is well keeps its token.
        if team.token_error or not team.installed:
            team.bot_token = self._world.new_token()
        team.token_error, team.installed = None, True
        team.scopes = set(grant["scope"].split(","))
        installer = next(m.id for m in self._world.members.values() if m.team == team.id)
        return {
            "access_token": team.bot_token,
            "token_type": "bot",
            "scope": grant["scope"],
            "bot_user_id": team.bot_user,
            "app_id": team.app_id,
            "team": {"id": team.id, "name": team.name},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": installer},
        }


def _client(request: web.Request, args: Json) -> tuple[str, str]:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        name, _, secret = base64.b64decode(given).decode().partition(":")
        return name, secret
    return str(args.get("client_id", "")), str(args.get("client_secret", ""))
