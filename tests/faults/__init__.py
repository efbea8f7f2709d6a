"""What goes wrong at night: kills, stops, a broker emptied. Nothing may be lost by it."""
