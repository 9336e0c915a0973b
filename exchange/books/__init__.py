"""An order's terms, the book of one market, and the state of them all beside the register."""
