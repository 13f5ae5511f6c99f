//! The navigation leads to pages, and only those who may open them see its entries.

use kernel::{Code as _, Grant, Role, Scope};
use testkit::{TestDb, on_both};

use crate::site::site;

on_both!(every_entry_opens_for_whoever_sees_it);

async fn every_entry_opens_for_whoever_sees_it(db: TestDb) {
    let site = site(db);
    for role in Role::ALL {
        site.account(role.code(), &[Grant { role: *role, scope: Scope::CITY }]).await;
        let browser = site.browser(role.code()).await;
        let first = browser.get("/").await.location().to_owned();
        let mut pages = vec![first];
        let actor_sees = |item: &web::NavItem| match item.access {
            web::Access::Roles(roles) => roles.contains(role),
            web::Access::Public | web::Access::SignedIn => true,
            web::Access::Citizens => false,
        };
        pages.extend(
            app::routes::nav().iter().filter(|item| actor_sees(item)).map(|item| item.href.into()),
        );
        for page in pages {
            let answer = browser.get(&page).await;
            assert_eq!(answer.status, 200, "{page} for {role}: {}", answer.body);
            assert!(answer.header("content-type").starts_with("text/html"), "{page}");
        }
    }
}
