"""Words and times in the tracker's templates."""
