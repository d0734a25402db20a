"""Kafka connector for Camunda 8."""
