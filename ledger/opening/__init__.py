"""How a venue begins: its first batch, with the offices, rules and models it adopts."""
