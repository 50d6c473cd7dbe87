"""`python -m sisbench`, which `torchrun -m sisbench` needs."""

from sisbench.cli import main

if __name__ == "__main__":
    main(prog_name="sisbench")
