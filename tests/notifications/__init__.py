"""Telling: the outbox."""
