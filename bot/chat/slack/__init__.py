"""Slack: Socket Mode or HTTP, one workspace or many by OAuth.

app            connect, and hand over routes: read this first
authorization  which token a workspace has, who asks, and what they may do
commands       payload -> Request, Press
listening      what Slack sends: ack, then work
send, errors   one message -> Outcome, and what Slack's errors mean
look           what an earlier attempt left in the channel's history
direct         direct messages with people
entrance       joining channels, and waiting for an invitation
installations  OAuth, tokens sealed
blocks, text, render, replies, home       values -> Block Kit; markup is born here and nowhere else
manifest       what is pasted into Slack's app settings
"""
