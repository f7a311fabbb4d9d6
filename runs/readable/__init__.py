"""Logs of the browser as tables. Whatever is in them was written by the pages that it visited."""
