"""What takes a second person, and the dated rules that people set."""
