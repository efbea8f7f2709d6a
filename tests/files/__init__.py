"""Files as people and attackers send them, made on the spot."""
