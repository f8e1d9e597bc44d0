"""What people order, a module an area."""
