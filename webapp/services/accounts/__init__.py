"""Who may use the back office and who may order in the chat."""
