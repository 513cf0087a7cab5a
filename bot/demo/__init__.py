"""`./run demo`: the real bot, its room, and blogs that this machine serves to itself."""
