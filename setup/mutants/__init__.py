"""`make mutants`: faults are planted one by one, and the tests that cover the line must fail."""
