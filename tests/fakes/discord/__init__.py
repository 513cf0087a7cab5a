"""The parts of the fake Discord; `tests.fakes.discord_server` puts them together."""
