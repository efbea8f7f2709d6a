"""The demonstration: invented agencies and people, and cases that the services made."""
