"""What of a capture goes into its package, in the order in which people read it; and what has changed since last time.

Threads by month of their first post; below each post its comments and replies in order, its earlier versions beside it.
The index is derived (SQLite beside the capture, so that memory does not grow with the account) and removed at the end.
"""
