"""Who may come in: log-on, sessions, signatures, limits, and a command's way to the engine."""
