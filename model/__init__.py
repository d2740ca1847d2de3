"""What the words mean: nouns, errors, protocols, the capture folder and the ledger. Imports nothing of ours."""
