"""What the experiments share: programs run, recorded and explored, and what is shown of them."""
