"""The market's read models: instruments, orders and trades, and the lists of them."""
