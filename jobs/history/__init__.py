"""A user's KSE-100 history: read in the forms that people download, and verified."""
