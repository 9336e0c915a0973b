"""What an auditor's verbs read and leave: the journal, a published log, files of an export."""
