"""The single writer: requests in, batches on record, answers out."""
