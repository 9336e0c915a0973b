"""Cash: names of accounts, and what each fact posts on them."""
