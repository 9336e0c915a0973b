"""What an auditor asks besides a verdict: decided again, changed, open, orphaned, corrected."""
