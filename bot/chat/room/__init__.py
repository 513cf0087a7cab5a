"""The chat built in: a page at `/`, for trying the bot out and for teams without Slack or Discord."""
