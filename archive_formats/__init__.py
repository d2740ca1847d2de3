"""How a package is laid out: one file each."""
