"""Resources: endpoint, body, type. Each loads with its models when the client first touches it."""
