"""What happens: cases, referrals, clocks, escalations, and who answers for whom."""
