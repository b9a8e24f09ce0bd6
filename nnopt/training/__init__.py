"""II. Neural-network training."""
