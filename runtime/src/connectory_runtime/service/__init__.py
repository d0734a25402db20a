"""What the service shows of itself over HTTP: health, metrics, loggers, connectors; the server that webhooks share."""
