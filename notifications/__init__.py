"""Telling: what is owed to whom, over which channel, and whether it went."""
