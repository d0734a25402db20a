"""Thin runtime for Camunda 8 connectors."""
