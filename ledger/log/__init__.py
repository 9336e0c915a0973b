"""The transparency log, pure: its entries, its RFC 6962 tree in tiles, proofs, heads, receipts."""
