//! Pages and the API: what the verbs look like to people and scripts.

pub(crate) mod api;
pub(crate) mod desk;
pub(crate) mod edit;
pub(crate) mod festival;
pub(crate) mod form_page;
pub(crate) mod frame;
pub(crate) mod funders;
pub(crate) mod invitations;
pub(crate) mod list;
pub(crate) mod members;
pub(crate) mod poster;
pub(crate) mod qr;
pub(crate) mod steps;
pub(crate) mod sub_events;
pub(crate) mod times;
