from __future__ import annotations

from hypothesis import settings

# The same examples on every machine, and no deadline: a loaded machine is not a fault.
settings.register_profile("reportedly", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("reportedly")
