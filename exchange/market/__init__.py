"""What a market is: its instrument, its calendar, and the rules in force."""
