"""What the Makefile runs: ``python -m book.tools.NAME`` from the top of the repository.

run         execute chapters and store their outputs in canonical form
check       every rule that needs no execution
repository  write the repository's name and the release into everything that mentions them
colab       run chapters alone, in an environment like Colab's
pins        write the requirement files from the environment in use
"""
