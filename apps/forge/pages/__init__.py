"""The small HTML pages of the embedded forge, so that a link from the portal leads somewhere."""
