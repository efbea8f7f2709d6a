"""MAIT: incident messages, as far as they are publicly described."""
