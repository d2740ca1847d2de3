"""The reading copy: what people open, out of a capture's selection. Plain HTML, a print (PDF/A-1b) and an overview."""
