"""What can be done with an order: check it, match it, amend it, end it."""
