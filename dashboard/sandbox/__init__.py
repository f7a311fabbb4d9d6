"""A stand-in for Skyvern 1.0.56: the same API, played from scripts, without a browser or an LLM."""

from dashboard.sandbox.app import Sandbox

__all__ = ["Sandbox"]
