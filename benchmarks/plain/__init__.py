"""Generators as plain PyTorch, from the layer lists of their papers; what `benchmarks.forward` compares ours with."""
