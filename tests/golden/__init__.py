"""Replay of golden fixtures: states, inputs and outputs of the official implementations.

`python -m tests.golden FILE...` replays files; see `__main__`. A family of fixtures is one module here with two
functions, `handles(metadata)` and `replay(path)`; adding a family touches no other file.
"""
