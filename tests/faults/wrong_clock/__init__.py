"""Put on the path of a process whose clock is to go wrong."""
