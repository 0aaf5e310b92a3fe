"""OAuth 2.0: logging in at a provider, and keeping and renewing what it gives."""
