"""Referrals by the million, for measuring: cases that the services made, copied by the database."""
