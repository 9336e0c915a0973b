"""What an audit must know and memory should not hold: it lies in a private file."""
