"""Tidings posts new articles on the topics a team follows to its channels on Slack and Discord."""
