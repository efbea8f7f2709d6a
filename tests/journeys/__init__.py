"""End to end: over HTTP, with a real worker, broker and PostgreSQL."""
