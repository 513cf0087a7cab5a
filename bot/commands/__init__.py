"""What people can ask, written once for every chat."""
