"""From a service's description to a connector: what ``connectory new NAME --openapi FILE`` does.

A reader turns a file into an `Api`: operations with fields, logins, examples. What comes after knows no format:
`chosen` keeps the operations that are wanted, `distribution` gives the files of a connector, ready for
`connectory_runtime.scaffold.write`::

    api = chosen(read_openapi(path), ["getPet"], path)
    write(names, distribution(api, names), Path("acme-pets"))

Its libraries come with ``connectory[descriptions]`` and are imported when a file is read.
"""

from connectory_runtime.descriptions.api import Api, DescriptionError
from connectory_runtime.descriptions.making import chosen, distribution
from connectory_runtime.descriptions.openapi import read_openapi
from connectory_runtime.descriptions.postman import read_postman

__all__ = ["Api", "DescriptionError", "chosen", "distribution", "read_openapi", "read_postman"]
