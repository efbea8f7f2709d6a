"""Who: what the ground floor promises."""
