//! Merchants, products, enquiries and founders over real databases and the real router.

mod city;
mod founders;
mod hall;
mod merchants;
mod pages;
mod product_pages;
mod products;
