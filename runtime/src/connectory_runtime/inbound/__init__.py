"""The inbound side: elements of deployed processes that wait for events from outside, and what brings those events.

The way of a model: `importing` or `folder` finds process definitions, `elements` reads those with ``inbound.type`` from
their XML, `grouping` puts elements with equal settings together, `registry` starts and stops one `Subscription` for
each group. The way of an event: the connector's coroutine calls `correlate`, `correlation` picks the element whose
activation condition holds and starts an instance or sends a message. `webhooks` routes HTTP calls to the coroutines.
"""
