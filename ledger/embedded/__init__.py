"""The embedded PostgreSQL: its life, its place on the machine, its settings and its user."""
