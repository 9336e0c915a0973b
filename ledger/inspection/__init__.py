"""From a report to facts: which units it shows, what is found on them, what is refused."""
