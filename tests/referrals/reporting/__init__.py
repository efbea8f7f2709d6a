"""The standing proof, the canary and the figures."""
