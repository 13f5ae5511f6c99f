//! The product as a whole: tidiness of its source, every statement of its SQL, every route, the
//! real binary.

mod cli_import;
mod configuration;
mod contract;
mod crash;
mod demo;
mod demo_festival;
mod dependencies;
mod edge;
mod english;
mod english_pages;
mod ground;
mod headers;
mod matrix;
mod nav;
mod openapi;
mod races;
mod ran_on_both;
mod shutdown;
mod site;
mod statements;
mod tidy;
mod uploads;
mod worker;
