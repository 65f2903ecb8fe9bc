"""Sphinx extensions that turn the notebooks into the book's pages."""
