//! Accounts and grants: who makes them, and who may not.

use kernel::{Grant, Role, Scope, actor::ScopeKind};
use people::{
    CreateAccountRefused, DisableRefused, GrantRefused, NewAccount, ResetRefused,
    RevokeGrantRefused,
};
use testkit::{
    TestDb,
    app::{PASSWORD, TestApp},
};

use crate::{ADMINISTRATOR, acting, app, citywide, is_in, minutes, stored, version};

testkit::on_both!(
    the_command_line_makes_the_first_administrator,
    an_administrator_makes_an_account,
    names_are_unique_when_folded,
    the_last_administrator_stays,
    two_who_remove_each_other_leave_one,
    nobody_changes_their_own_grants,
    a_towns_administrator_manages_no_accounts,
    a_grant_counts_from_the_next_request,
    a_grant_is_given_once,
    a_scope_must_be_one_of_the_list,
    an_administrator_unlocks,
    the_list_goes_on_and_is_searched,
);

async fn new_account(app: &TestApp, name: &str) -> NewAccount {
    let rules = people::settings(&app.state).rules;
    let password = rules.new_password(&app.db.cx(), name, PASSWORD).await.unwrap();
    NewAccount { name: name.into(), display_name: name.into(), password, grants: Vec::new() }
}

async fn the_command_line_makes_the_first_administrator(db: TestDb) {
    let app = app(db);
    let answer = app.visitor().sign_in("admin", "admin").await;
    assert_eq!(answer.status, 422, "there is no default account");
    let mut new = new_account(&app, "chen").await;
    new.grants = vec![ADMINISTRATOR];
    let mut tx = app.db.write().await.unwrap();
    people::create_account(&mut tx, &app.db.cx_as(crate::COMMAND), new).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(app.browser("chen").await.get("/accounts").await.status, 200);
}

async fn an_administrator_makes_an_account(db: TestDb) {
    let app = app(db);
    app.account("root", &[ADMINISTRATOR]).await;
    let root = app.browser("root").await;
    let fields = [("name", "wang"), ("display_name", "王芳"), ("role", "clerk"), ("scope", "city")];
    let answer = root.post("/accounts", &fields).await;
    assert_eq!(answer.status, 200);
    let once = answer.between("<code class=\"once\">", "</code>").to_owned();
    let wang = stored(&app, "wang").await;
    assert_eq!(wang.display_name, "王芳");
    let own = "Kunshan-1020";
    let answer = app
        .visitor()
        .sign_in_with(&[
            ("name", "wang"),
            ("password", &once),
            ("own_password", own),
            ("own_password_again", own),
        ])
        .await;
    assert_eq!(answer.status, 303);
    let granted = acting(&app, wang.id).await;
    assert_eq!(granted.actor.scopes(&[Role::Clerk]), [Scope::CITY]);

    let before = version(&app).await;
    for (name, display_name, why) in [
        ("wang", "王芳", "这个账号名已经有人用了"),
        ("w", "王芳", "账号名要 2 到 40 个字"),
        ("wang li", "王芳", "账号名要 2 到 40 个字"),
        ("li", "", "姓名要填"),
    ] {
        let fields = [("name", name), ("display_name", display_name)];
        let answer = root.post("/accounts", &fields).await;
        assert_eq!(answer.status, 422, "{name}");
        assert!(answer.has(why), "{name}: {}", answer.body);
        assert!(answer.has(&format!("value=\"{name}\"")), "what was typed is still there");
    }
    assert_eq!(version(&app).await, before);
}

async fn names_are_unique_when_folded(db: TestDb) {
    let app = app(db);
    app.account("Chen", &[]).await;
    for name in ["chen", "ＣＨＥＮ"] {
        let new = new_account(&app, name).await;
        let mut tx = app.db.write().await.unwrap();
        let refused = people::create_account(&mut tx, &app.db.cx(), new).await.unwrap_err();
        assert!(matches!(refused, CreateAccountRefused::NameTaken), "{refused:?}");
        // The transaction is still good: it may go on with another name.
        let other = new_account(&app, &format!("{name}2")).await;
        people::create_account(&mut tx, &app.db.cx(), other).await.unwrap();
    }
}

/// The id of the account's only grant, from the page that shows it.
async fn only_grant(app: &TestApp, account: kernel::actor::AccountId) -> people::GrantId {
    let mut tx = app.db.read().await.unwrap();
    let held = people::grants_of(&mut tx, account).await.unwrap();
    let [one] = &held[..] else { panic!("one grant, not {held:?}") };
    one.id
}

async fn the_last_administrator_stays(db: TestDb) {
    let app = app(db);
    let root = app.account("root", &[ADMINISTRATOR]).await;
    let second = app.account("second", &[ADMINISTRATOR]).await;
    app.account("third", &[ADMINISTRATOR]).await;
    let browser = app.browser("root").await;
    // Of three, one is disabled and one loses the role: whoever is left is the last.
    let third = stored(&app, "third").await.id;
    assert_eq!(browser.post(&format!("/accounts/{third}/disabling"), &[]).await.status, 303);
    let grant = only_grant(&app, second).await;
    let path = format!("/accounts/{second}/grants/{grant}/revocations");
    assert_eq!(browser.post(&path, &[]).await.status, 303);

    let (cx, grant) = (app.db.cx(), only_grant(&app, root).await);
    let before = version(&app).await;
    let mut tx = app.db.write().await.unwrap();
    let refused = people::revoke_grant(&mut tx, &cx, root, grant).await.unwrap_err();
    assert!(matches!(refused, RevokeGrantRefused::LastAdministrator), "{refused:?}");
    drop(tx);
    let mut tx = app.db.write().await.unwrap();
    let refused = people::disable_account(&mut tx, &cx, root).await.unwrap_err();
    assert!(matches!(refused, DisableRefused::LastAdministrator), "{refused:?}");
    drop(tx);
    assert_eq!(version(&app).await, before);
    assert_eq!(browser.get("/accounts").await.status, 200);
}

async fn two_who_remove_each_other_leave_one(db: TestDb) {
    let app = app(db);
    let one = app.account("one", &[ADMINISTRATOR]).await;
    let two = app.account("two", &[ADMINISTRATOR]).await;
    let (ones, twos) = (only_grant(&app, one).await, only_grant(&app, two).await);
    let (by_one, by_two) = (acting(&app, one).await, acting(&app, two).await);
    let remove = async |cx: &kernel::Cx, account, grant| {
        let mut tx = app.db.write().await.unwrap();
        people::revoke_grant(&mut tx, cx, account, grant).await?;
        tx.commit().await.unwrap();
        Ok::<_, RevokeGrantRefused>(())
    };
    let (a, b) = tokio::join!(remove(&by_one, two, twos), remove(&by_two, one, ones));
    let refused = match (a, b) {
        (Ok(()), Err(refused)) | (Err(refused), Ok(())) => refused,
        both => panic!("one is left: {both:?}"),
    };
    assert!(matches!(refused, RevokeGrantRefused::LastAdministrator), "{refused:?}");
}

async fn nobody_changes_their_own_grants(db: TestDb) {
    let app = app(db);
    let root = app.account("root", &[ADMINISTRATOR]).await;
    app.account("second", &[ADMINISTRATOR]).await;
    let cx = acting(&app, root).await;
    let before = version(&app).await;
    let mut tx = app.db.write().await.unwrap();
    let refused = people::grant(&mut tx, &cx, root, citywide(Role::Auditor)).await.unwrap_err();
    assert!(matches!(refused, GrantRefused::OwnAccount), "{refused:?}");
    let own = only_grant(&app, root).await;
    let refused = people::revoke_grant(&mut tx, &cx, root, own).await.unwrap_err();
    assert!(matches!(refused, RevokeGrantRefused::OwnAccount), "{refused:?}");
    let refused = people::disable_account(&mut tx, &cx, root).await.unwrap_err();
    assert!(matches!(refused, DisableRefused::OwnAccount), "{refused:?}");
    let rules = people::settings(&app.state).rules;
    let (_, password) = rules.one_time_password(&cx).await.unwrap();
    let refused = people::reset_password(&mut tx, &cx, root, &password).await.unwrap_err();
    assert!(matches!(refused, ResetRefused::OwnAccount), "{refused:?}");
    drop(tx);
    let browser = app.browser("root").await;
    let page = browser.get(&format!("/accounts/{root}")).await;
    assert!(page.has("这是你自己的账号") && !page.has("/disabling"), "{}", page.body);
    let fields = [("role", "auditor"), ("scope", "city")];
    let answer = browser.post(&format!("/accounts/{root}/grants"), &fields).await;
    assert!(answer.status == 422 && answer.has("不能给自己权限"));
    assert_eq!(version(&app).await, before + 1, "the sign-in alone");
}

async fn a_towns_administrator_manages_no_accounts(db: TestDb) {
    let app = app(db);
    let town = Scope::on(ScopeKind::Town, uuid::Uuid::from_u128(7));
    let local = app.account("local", &[Grant { role: Role::Administrator, scope: town }]).await;
    let other = app.account("other", &[]).await;
    let before = version(&app).await;
    let cx = acting(&app, local).await;
    let new = new_account(&app, "new").await;
    let mut tx = app.db.write().await.unwrap();
    let refused = people::create_account(&mut tx, &cx, new).await.unwrap_err();
    assert!(matches!(refused, CreateAccountRefused::Denied(_)), "{refused:?}");
    let refused = people::grant(&mut tx, &cx, other, citywide(Role::Viewer)).await.unwrap_err();
    assert!(matches!(refused, GrantRefused::Denied(_)), "{refused:?}");
    drop(tx);
    assert_eq!(version(&app).await, before);
    let browser = app.browser("local").await;
    let pages = ["/accounts", "/accounts/new", &format!("/accounts/{other}"), "/jobs"];
    for path in pages {
        assert_eq!(browser.get(path).await.status, 403, "{path}");
    }
    for what in ["disabling", "enabling", "unlocking", "password", "grants"] {
        let answer = browser.post(&format!("/accounts/{other}/{what}"), &[]).await;
        assert_eq!(answer.status, 403, "{what}");
    }
    assert_eq!(app.visitor().get("/accounts").await.location(), "/login?back=%2Faccounts");
}

async fn a_grant_counts_from_the_next_request(db: TestDb) {
    let app = app(db);
    app.account("root", &[ADMINISTRATOR]).await;
    let chen = app.account("chen", &[]).await;
    let (root, browser) = (app.browser("root").await, app.browser("chen").await);
    assert_eq!(browser.get("/journal").await.status, 403);
    let fields = [("role", "auditor"), ("scope", "city")];
    assert_eq!(root.post(&format!("/accounts/{chen}/grants"), &fields).await.status, 303);
    assert_eq!(browser.get("/journal").await.status, 200);
    assert!(browser.get("/me").await.has("审计员"));
    let grant = only_grant(&app, chen).await;
    let path = format!("/accounts/{chen}/grants/{grant}/revocations");
    assert_eq!(root.post(&path, &[]).await.status, 303);
    assert_eq!(browser.get("/journal").await.status, 403);
    assert_eq!(root.post(&path, &[]).await.status, 404, "it is revoked already");
    assert!(is_in(&browser).await);
}

async fn a_grant_is_given_once(db: TestDb) {
    let app = app(db);
    let chen = app.account("chen", &[citywide(Role::Clerk)]).await;
    let town = Scope::on(ScopeKind::Town, uuid::Uuid::from_u128(7));
    app.db.clock.advance(minutes(1));
    let cx = app.db.cx();
    let mut tx = app.db.write().await.unwrap();
    let refused = people::grant(&mut tx, &cx, chen, citywide(Role::Clerk)).await.unwrap_err();
    assert!(matches!(refused, GrantRefused::Already), "{refused:?}");
    let in_town = Grant { role: Role::Clerk, scope: town };
    let given = people::grant(&mut tx, &cx, chen, in_town).await.unwrap();
    people::revoke_grant(&mut tx, &cx, chen, given).await.unwrap();
    people::grant(&mut tx, &cx, chen, in_town).await.unwrap();
    let nowhere = Scope { kind: ScopeKind::Town, id: None };
    let both = Scope { kind: ScopeKind::City, id: town.id };
    for scope in [nowhere, both] {
        let wrong = Grant { role: Role::Clerk, scope };
        let refused = people::grant(&mut tx, &cx, chen, wrong).await.unwrap_err();
        assert!(matches!(refused, GrantRefused::Scope), "{refused:?}");
    }
    tx.commit().await.unwrap();
    assert_eq!(acting(&app, chen).await.actor.scopes(&[Role::Clerk]), [Scope::CITY, town]);
}

async fn a_scope_must_be_one_of_the_list(db: TestDb) {
    let app = app(db);
    app.account("root", &[ADMINISTRATOR]).await;
    let chen = app.account("chen", &[]).await;
    let root = app.browser("root").await;
    let town = format!("town:{}", uuid::Uuid::from_u128(7).simple());
    for (role, scope) in [("clerk", ""), ("clerk", town.as_str()), ("emperor", "city")] {
        let fields = [("role", role), ("scope", scope)];
        let answer = root.post(&format!("/accounts/{chen}/grants"), &fields).await;
        assert_eq!(answer.status, 422, "{role} on {scope}");
    }
    assert_eq!(root.post("/accounts/acc_x/grants", &[]).await.status, 404);
}

async fn an_administrator_unlocks(db: TestDb) {
    let app = app(db);
    app.account("root", &[ADMINISTRATOR]).await;
    let chen = app.account("chen", &[]).await;
    for _ in 0..5 {
        app.visitor().sign_in("chen", "wrong").await;
    }
    let root = app.browser("root").await;
    assert!(root.get("/accounts").await.has("锁着"));
    let page = root.get(&format!("/accounts/{chen}")).await;
    assert!(page.has("2021-10-20 08:15"), "until when: {}", page.body);
    let entries = root.get("/journal?verb=account.locked").await;
    let link = format!("<a href=\"/accounts/{chen}\">chen</a>");
    assert!(entries.has(&link) && entries.has("锁到 2021-10-20 08:15"), "{}", entries.body);
    assert_eq!(root.post(&format!("/accounts/{chen}/unlocking"), &[]).await.status, 303);
    assert_eq!(app.visitor().sign_in("chen", PASSWORD).await.status, 303);
}

async fn the_list_goes_on_and_is_searched(db: TestDb) {
    let app = app(db);
    app.account("root", &[ADMINISTRATOR]).await;
    let rules = people::settings(&app.state).rules;
    let (_, password) = rules.one_time_password(&app.db.cx()).await.unwrap();
    let mut tx = app.db.write().await.unwrap();
    for no in 0..120 {
        let new = NewAccount {
            name: format!("clerk_{no:03}"),
            display_name: format!("台账员 {no}%"),
            password: password.clone(),
            grants: Vec::new(),
        };
        people::create_account(&mut tx, &app.db.cx(), new).await.unwrap();
    }
    tx.commit().await.unwrap();
    let root = app.browser("root").await;
    let (mut path, mut seen) = ("/accounts".to_owned(), Vec::new());
    loop {
        let page = root.get(&path).await;
        let names = page.body.split("<a href=\"/accounts/acc_").skip(1);
        seen.extend(names.map(|piece| piece[28..].split('<').next().unwrap().to_owned()));
        let next = page.between("<a href=\"/accounts?", "\" rel=\"next\"").replace("&amp;", "&");
        if next.is_empty() {
            break;
        }
        path = format!("/accounts?{next}");
    }
    let mut expected: Vec<String> = (0..120).map(|no| format!("clerk_{no:03}")).collect();
    expected.push("root".into());
    assert_eq!(seen, expected);
    assert!(root.get("/accounts?q=CLERK_017").await.has("clerk_017"));
    assert!(root.get("/accounts?q=%E5%91%98%2042%25").await.has("clerk_042"));
    // The marks of SQL's patterns are plain letters.
    let none = root.get("/accounts?q=clerk%25017").await;
    assert!(none.has("没有找到账号") && none.has("value=\"clerk%017\""), "{}", none.body);
    assert_eq!(root.get("/accounts?cursor=nonsense").await.status, 200);
    // No column can hold NUL, so the gate says so before any handler looks.
    assert_eq!(root.get("/accounts?q=%00&cursor=").await.status, 422);
}
