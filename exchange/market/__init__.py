"""Time and rules of markets: the calendar, and the dated rules in force."""
