"""Local development engine that speaks the Camunda 8 REST API."""
