"""What lies under the store: its tables, its rows, its claims and its journal."""
