"""The verbs, as their callers use them."""
