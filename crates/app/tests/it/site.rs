//! The whole product over a test's database.

use testkit::{TestDb, app::TestApp};

/// Every route, the real navigation, the real door.
pub(crate) fn site(db: TestDb) -> TestApp {
    let settings = TestApp::site(app::routes::nav());
    let site =
        TestApp::with_settings(app::routes::all_routes(), db, settings, people::Rules::cheap());
    app::site::join(&site.state);
    site
}
