"""Settings: base, and what differs locally, in tests and in production."""
