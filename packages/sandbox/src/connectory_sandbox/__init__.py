"""Fakes of Slack, Microsoft Graph, Kafka and an HTTP service, as servers and pytest fixtures."""
