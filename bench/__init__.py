"""Measures the product and prints tables."""
