"""What happens: what the referral rooms promise."""
