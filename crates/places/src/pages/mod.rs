//! Pages and the API: what the verbs and the atlas look like to people and scripts.

pub(crate) mod api;
pub(crate) mod bodies;
pub(crate) mod body;
pub(crate) mod change_forms;
pub(crate) mod desk;
pub(crate) mod form_page;
pub(crate) mod key_sites;
pub(crate) mod place;
pub(crate) mod place_forms;
pub(crate) mod station;
pub(crate) mod stations;
pub(crate) mod timeline;
pub(crate) mod tree;
