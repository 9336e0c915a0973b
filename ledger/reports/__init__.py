"""What a report shows: its lines, its time, its units as records, and which texts identify."""
