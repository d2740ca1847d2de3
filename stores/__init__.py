"""Where packages go: one file each."""
