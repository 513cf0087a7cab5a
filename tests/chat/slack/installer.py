"""A browser that installs the app by OAuth."""

import re
from http.cookies import SimpleCookie

import aiohttp


class Installer:
    """A browser that installs the app."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.cookie = ""

    async def start(self, team: str) -> str:
        """Open the install page and return the link on it."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.origin}/slack/install?team={team}") as page:
            text = await page.text()
            cookie = SimpleCookie(page.headers["Set-Cookie"])
            # It is marked Secure: a plain http client has to send it by hand.
            self.cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in cookie.items())
        link = re.search(r'href="([^"]+oauth/v2/authorize[^"]+)"', text)
        assert link is not None, text
        return link[1].replace("&amp;", "&")

    async def agree(self, link: str) -> str:
        """Say yes on Slack's page and return where it sends the browser."""
        async with aiohttp.ClientSession() as session, session.get(link, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            return answer.headers["Location"]

    async def come_back(self, address: str, *, with_cookie: bool = True) -> int:
        headers = {"Cookie": self.cookie} if with_cookie else {}
        async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as page:
            return page.status

    async def install(self, team: str) -> int:
        return await self.come_back(await self.agree(await self.start(team)))
