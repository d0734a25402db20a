"""Connectors in a worker that people have already.

A worker module translates, in both directions: what its client library fetched becomes a `Job`, an `Outcome` becomes
a command of the library. All between, from secrets to error expressions, is that of the `Runtime`. Each needs its
library:

- `connectory_runtime.workers.camunda`: Camunda's Python SDK, ``pip install 'connectory[camunda]'``
- `connectory_runtime.workers.pyzeebe`: pyzeebe, ``pip install 'connectory[pyzeebe]'``
"""
