"""Bugs, kept as patches: each is put into a copy of the code, and must turn the tests red."""
