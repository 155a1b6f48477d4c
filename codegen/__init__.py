"""From the OpenAPI description to the types of the SDK: compose, emit, check, refresh."""
