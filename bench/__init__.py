"""Measurements of the product; `python -m bench` prints them. Not part of the installed package."""
