"""A platform that lies on request, and the truth about it. README.md tells how to use it."""
