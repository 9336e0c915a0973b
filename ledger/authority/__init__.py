"""Whether a right holds at the instant at which it is used: keys, scopes, offices, spans of time."""
