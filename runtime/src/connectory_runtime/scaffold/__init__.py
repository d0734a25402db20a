"""Writes connector distributions: what ``connectory new`` does.

`frame` gives the files that every distribution has, `plain` those of a connector to begin with. Both are plain texts by
path, so that another source of operations needs no more than texts of its own::

    names = Names.of("acme-tickets")
    write(names, frame(names, summary="Tickets of Acme", contents={...}) | my_files, Path("acme-tickets"))

The texts are in ``files/``, with ``$module`` and the like where a name goes.
"""

from connectory_runtime.scaffold.files import frame, plain
from connectory_runtime.scaffold.names import Names, ScaffoldError
from connectory_runtime.scaffold.writing import write

__all__ = ["Names", "ScaffoldError", "frame", "plain", "write"]
