"""Webhook connector for Camunda 8."""
