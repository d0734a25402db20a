"""REST and GraphQL connectors for Camunda 8."""
