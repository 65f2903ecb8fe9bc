"""What is not a chapter: pages, extensions, tools, assets."""
