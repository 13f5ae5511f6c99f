//! Pages: each a view struct beside its template.

pub(crate) mod api;
pub(crate) mod code;
pub(crate) mod desk;
pub(crate) mod form_page;
pub(crate) mod frame;
pub(crate) mod rules_form;
pub(crate) mod section;
pub(crate) mod station_form;
pub(crate) mod visits;
pub(crate) mod walk;
pub(crate) mod walkers;
