//! The place tree: towns, five fronts, stations, industry bodies, key sites.
