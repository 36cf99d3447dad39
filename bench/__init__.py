"""The measured workloads. `script/bench` runs them; docs/measurements.md says how to read the figures."""
