"""What the venue publishes of itself: schemas, codes, examples and words."""
