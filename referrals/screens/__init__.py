"""What people see of referrals, whichever door they came in by: words, times, lines, forms and pages."""
