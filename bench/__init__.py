"""The measured workloads. `script/bench` runs them; docs/operations.md says how to read the figures."""
