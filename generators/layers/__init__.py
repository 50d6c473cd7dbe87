"""Parts that several methods share, one concept per file."""
