"""What an auditor asks of the markets: a day of theirs, and what stands without its order."""
