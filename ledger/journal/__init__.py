"""The journal on PostgreSQL and in memory: rows in, rows out, one writer behind a fence."""
