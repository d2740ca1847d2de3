"""In what order: take → weigh → pack → deliver. The whole story is in `line`; `cli` is the same by hand."""
