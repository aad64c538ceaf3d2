"""The durable run engine: leases, epochs, intents, probes (reliability.md 3.3)."""
