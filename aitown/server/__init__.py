"""The Jupyter server extension: towns in processes of their own, their viewers, and the way between them."""
