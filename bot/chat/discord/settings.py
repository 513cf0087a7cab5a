"""The part of the settings that Discord needs."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordSettings:
    token: str = field(repr=False)
    #: Another address of the REST API, loopback only; None: the real one.
    api_url: str | None = None
    #: Messages a second in one channel.
    rate: float = 1.0
    #: Requests a second with one token. Discord allows 50.
    token_rate: float = 45.0
    #: Names or ids of roles whose members may change a channel, beside those who may Manage Channels.
    manager_roles: tuple[str, ...] = ()
    #: Register changed commands with Discord when the gateway connects.
    commands_sync: bool = True
    #: For one REST call.
    timeout: timedelta = timedelta(seconds=20)
    #: Discord forgets a nonce after "a few minutes"; within this it is sure to remember.
    nonce_window: timedelta = timedelta(seconds=60)
    #: At 1,000 IDENTIFYs in 24 hours Discord ends every session and resets the token.
    identify_ceiling: int = 800
    #: The first wait before a new connection; doubled up to `longest_wait`.
    first_wait: float = 5.0
    longest_wait: float = 300.0
    #: Seconds in which the library may mend a lost connection by resuming it; then a new one is made.
    mends_within: float = 60.0
    #: Seconds without another server after which the list of servers is held to be complete.
    servers_within: float = 2.0
    #: Seconds a command may take before Discord is told that the answer comes later; its limit is 3.
    quick: float = 1.2
