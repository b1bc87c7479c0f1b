//! The store that the races run over.
