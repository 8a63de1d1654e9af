"""Stands in for Harbor, which is not needed for the test."""
