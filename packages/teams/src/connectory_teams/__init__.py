"""Microsoft Teams connector for Camunda 8."""
