"""A plug-in of sisbench: one entry of every kind, one module each. Nothing is imported here: sisbench loads by name."""
