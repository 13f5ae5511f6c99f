//! The product as a whole: tidiness of its source, every statement of its SQL, every route, the
//! real binary.

mod configuration;
mod demo;
mod dependencies;
mod english;
mod headers;
mod matrix;
mod nav;
mod openapi;
mod ran_on_both;
mod shutdown;
mod site;
mod statements;
mod tidy;
mod worker;
