"""Plain rules, with no framework and no storage."""
