//! The place tree over real databases: verbs, the rules that hold on every date, what actors see.

mod actors;
mod bodies;
mod city;
mod counts;
mod key_sites;
mod pages;
mod past;
mod reach;
mod stations;
mod tree;
