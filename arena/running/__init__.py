"""How a tournament's matches get played: in processes, in one event loop, with progress to see."""
