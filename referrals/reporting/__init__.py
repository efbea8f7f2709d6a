"""Counts and times, read and never written."""
