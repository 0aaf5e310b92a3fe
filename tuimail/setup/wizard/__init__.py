"""Setting an account up, step by step, without a screen."""
