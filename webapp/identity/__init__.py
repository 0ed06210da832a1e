"""What the identity provider says of itself; logging in with it is in `office/logins`."""
