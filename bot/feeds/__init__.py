"""Adapter: fetching over HTTP, the private-address guard, parsing, discovery, OPML."""
