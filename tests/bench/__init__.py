"""What the system costs, as ratios in one run against the same SQL without it. Measured, never asserted."""
