"""Golden Thread: National Professional Qualifications, run from first interest to award."""

__version__ = "0.1.0"
