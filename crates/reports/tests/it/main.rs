//! The pages that lead into the product, over a real database of each engine.

mod pictures;
