"""Delivery versus payment: from a title's trade to both legs, or neither."""
