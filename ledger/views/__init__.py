"""The register's read models in PostgreSQL: rows folded from events, and the lists of them."""
