"""A Slack on loopback: Web API, OAuth, Socket Mode, signed commands, interactions and events.

world     what exists: teams, channels, members, messages, tokens
blocks    what Slack refuses in blocks and views, and whom a message would ping
faults    answers that go wrong on demand
api       the Web API methods
oauth     the authorize page and the exchange of a code
sockets   Socket Mode
delivery  what Slack sends to an app, signed or through a socket
backstage what a test may do and see, in the process or over `POST /_control/<verb>`
"""
