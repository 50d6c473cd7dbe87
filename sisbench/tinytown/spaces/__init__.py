"""Label spaces: which label each kind of object has in a data set."""
