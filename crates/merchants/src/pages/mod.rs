//! Pages: each a view struct beside its template; and the same for scripts.

pub(crate) mod api;
mod desk;
pub(crate) mod enquiries;
mod form_page;
pub(crate) mod founder;
pub(crate) mod founder_forms;
pub(crate) mod founder_steps;
pub(crate) mod founders;
pub(crate) mod merchant;
pub(crate) mod merchant_acts;
pub(crate) mod merchant_form;
pub(crate) mod merchants;
pub(crate) mod product;
pub(crate) mod product_desk;
mod timeline;

pub use timeline::VERBS;
