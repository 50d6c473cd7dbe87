"""What every test shares: one thread."""

import os

# Before torch is imported, and inherited by the processes that tests start. Networks this small lose more to waking
# threads than they gain, and sums are added in the same order on every machine.
os.environ["OMP_NUM_THREADS"] = "1"
