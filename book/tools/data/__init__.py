"""Readers of the packages that the packaged data come from; ``rebuild_data`` runs them."""
