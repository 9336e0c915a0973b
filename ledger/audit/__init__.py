"""What an auditor asks of a journal: replay, checks, histories, the cash book. It only reads."""
