"""Acts: on what ground a fact may stand, and which of its fields its command has signed."""
