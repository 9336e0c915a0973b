"""The market: who wants to buy and sell. It may import the register, never the gateway."""
