"""Who: agencies, teams, people, programs, and on whose behalf each of them acts."""
