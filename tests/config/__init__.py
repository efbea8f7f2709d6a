"""The wiring: embedded services, the runner, settings, health, sign-in."""
