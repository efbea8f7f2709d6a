"""Rules about the code itself, which no import contract can show."""
