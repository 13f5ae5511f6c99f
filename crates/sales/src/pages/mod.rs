//! Pages: each a view struct beside its template; and the same for scripts.

pub(crate) mod api;
pub(crate) mod batch;
pub(crate) mod contest;
pub(crate) mod contest_form;
mod form_page;
mod frame;
pub(crate) mod sale;
pub(crate) mod sale_form;
pub(crate) mod sales;
pub(crate) mod section;
pub(crate) mod show;
pub(crate) mod show_form;
pub(crate) mod wall;
