"""What lies under the PettingZoo and Gymnasium forms."""
