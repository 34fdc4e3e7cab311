"""What lies under judges that are models: rubrics, what they are sent, how replies are read, how far they agree."""
