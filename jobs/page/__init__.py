"""Marts to one HTML page that needs nothing but itself."""
