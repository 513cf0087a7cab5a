"""Adapter: pages, feeds and numbers over HTTP. It mounts what the chats hand over."""
