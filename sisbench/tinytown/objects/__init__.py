"""Objects of a street: one function each, from a key and a place to triangles."""
