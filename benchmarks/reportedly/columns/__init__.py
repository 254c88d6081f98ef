"""The fast path: documents by the batch as tables of numbers, and loops over them that are compiled.

It counts what `reportedly.metrics` counts, some twenty times as fast, and explains nothing.  What it
is not sure of it leaves alone, document by document: one that breaks a rule or may break one, a
pairing for which many compete, or one that is no better than another.  Those go the careful way,
through `reportedly.codec` and `reportedly.metrics`, which is also the oracle that its tests hold it
to; so every number, verdict and message is the same on both ways.

`fields` lists what a schema holds.  `records` decodes JSON, which `packed` reads into a column a field;
`arrow` takes columns as they are.  Of either, `tables` are made for the loops: `sound` looks at the
rules; `counting` counts, with `pairing` for who answers whom and `deriving` for the templates.  Numba
compiles the loops when they are first called, and keeps them on disk; it comes with the extra
``fast``.  Without it, and for a few documents, everything goes the careful way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def available() -> bool:
    """Tell whether Numba is installed; nothing is imported for it."""
    from importlib.util import find_spec

    return find_spec("numba") is not None


def bare(function: F) -> F:
    """Compile a function that loops call and that makes no array: then nobody counts who holds the ones it is given.

    To count that takes several times as long as a small function does.  Numba has the switch for its own library;
    should it be gone one day, all is as before, in twice the time.
    """
    from numba.core.options import DefaultOptions

    uncounted = {"_nrt": False} if hasattr(DefaultOptions, "_nrt") else {}
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, **uncounted)


def inlined(function: F) -> F:
    """Put a function in the place of its call, wherever a loop calls it: one that hands on a piece of an array."""
    return _compiled(function, inline="always")


def loop(function: F) -> F:
    """Compile a function that Python calls, such as one that goes through a batch, or that makes an array."""
    return _compiled(function)


def when_compiling(tell: Callable[[], None]) -> None:
    """Have somebody told whenever this process compiles a loop: a machine's first run does, for most of a minute."""
    _TOLD.append((os.getpid(), tell))


_TOLD: list[tuple[int, Callable[[], None]]] = []


@cache
def _listen() -> None:
    from numba.core import event

    class Listener(event.Listener):
        def on_start(self, event: Any) -> None:
            for process, tell in _TOLD:
                if process == os.getpid():  # a forked one has nobody to tell
                    tell()

        def on_end(self, event: Any) -> None:
            pass

    event.register("numba:compile", Listener())  # type: ignore[no-untyped-call]


def _compiled(function: F, **options: Any) -> F:
    import numba

    _listen()
    njit: Any = numba.njit  # its types know less options than it takes
    try:
        made: F = njit(cache=True, error_model="numpy", **options)(function)
    except RuntimeError:  # there is no folder that it may write to
        made = njit(error_model="numpy", **options)(function)
    return made
