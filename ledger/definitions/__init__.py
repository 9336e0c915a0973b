"""What the release makes in its database, told as facts; and how a database's own facts differ."""
