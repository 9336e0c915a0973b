"""What the views answer: each list as one declaration, and the pages that it comes in."""
