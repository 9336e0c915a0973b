"""What the views keep: a pure rule for each event, folded into rows and written once a batch."""
