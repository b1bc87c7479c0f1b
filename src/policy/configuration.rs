//! Policies from configuration, through serde.
