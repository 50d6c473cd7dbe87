"""Published numbers, table definitions and promoted records: data alone."""
