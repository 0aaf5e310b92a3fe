"""What comes before mail: finding servers, trusting them, logging in, and checking all of it."""
