//! Campaigns over real databases: their life, their members, what actors see, their pages.

mod life;
mod members;
mod pages;
mod terms;
mod town;
