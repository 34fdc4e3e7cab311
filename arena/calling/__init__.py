"""What lies under `arena.llm`: where a model is reached, one request, its retries, its pace, its price, its journal."""
