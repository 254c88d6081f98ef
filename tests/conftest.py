from __future__ import annotations

import os
import signal

from hypothesis import Phase, settings

# A shell that runs something in the background has it ignore interrupts, and so would all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Reports are as wide as the terminal: the same width on every machine.
os.environ["COLUMNS"] = "110"

# The same examples on every machine, and no deadline: a loaded machine is not a fault.
settings.register_profile("reportedly", deadline=None, max_examples=60, derandomize=True)
# For mutation testing: fewer, and none made smaller, since only whether a test fails is asked.
settings.register_profile(
    "mutants", settings.get_profile("reportedly"), max_examples=8, phases=(Phase.explicit, Phase.generate)
)
settings.load_profile("reportedly")

collect_ignore = ["mutation.py"]  # wants Cosmic Ray, which only scripts/mutate.py needs
