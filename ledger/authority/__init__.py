"""Whether a right holds at the instant of its use: keys, scopes, offices, spans of time."""
