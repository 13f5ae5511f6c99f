//! The product as a whole: tidiness of its source, and every statement of its SQL.

mod ran_on_both;
mod statements;
mod tidy;
