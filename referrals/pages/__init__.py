"""The tracker: what is ours, who has it, what is late and who waits, for any agency's people."""
