"""Slack connector for Camunda 8."""
