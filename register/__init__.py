"""WHICH accounts: the strategist's table and its check."""
