"""`./dev skyvern`: a real Skyvern server on loopback, with sample agents that need no LLM."""
