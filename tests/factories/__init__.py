"""Factories make rows; only services make states."""
