//! Empty forms to fill in.

/// The defined name under which a template carries its version.
pub const VERSION_NAME: &str = "_tongpin_template";
