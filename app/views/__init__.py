"""Pages: one file each, thin."""
