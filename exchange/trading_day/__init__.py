"""What time does to markets: phases, the day's end, listings by the calendar."""
