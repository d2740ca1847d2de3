"""How each platform answers: one file each. `web` is the only way out; `record` keeps what came in."""
