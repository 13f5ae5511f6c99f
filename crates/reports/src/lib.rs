//! The first screen: how far, what moved, what is missing. Reads all.
