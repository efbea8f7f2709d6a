"""Calls that nobody thought of: made from the API's own description, by each kind of caller."""
