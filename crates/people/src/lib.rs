//! Accounts, roles on scopes, sessions and API tokens.
