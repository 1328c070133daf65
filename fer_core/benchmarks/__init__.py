"""How fast things are: measured side by side with a reference workload, never judged. One file per workload."""
