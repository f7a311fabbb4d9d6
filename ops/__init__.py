"""What `./dev` and the containers run around the product itself."""
