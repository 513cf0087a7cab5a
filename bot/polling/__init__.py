"""Due feeds -> fetch -> parse -> decide -> one transaction."""
