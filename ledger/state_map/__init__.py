"""Form 2 of the state: a Merkle map, under one root of which a subject has one row or none."""
