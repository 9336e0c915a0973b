"""Acts over all ops: the joined tables of grounds and ties, and whether an act was its signer's."""
