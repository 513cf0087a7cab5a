"""Discord: sending over REST with one token, commands over the gateway. Start reading at adapter.py."""
