"""The plain rules."""
