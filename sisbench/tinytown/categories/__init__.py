"""Scene categories: one module each."""
