"""Who logs on to the database as what, what each may do there, and what keeps auditors harmless."""
