"""Wiring: settings, addresses, processes. No rule of the field lives here."""
