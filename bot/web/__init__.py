"""Adapter: the aiohttp application, health, pages."""
