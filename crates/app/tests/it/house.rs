//! The whole site over a test's database, and people to call it.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use kernel::{Grant, Role, Scope};
use testkit::TestDb;
use tower::ServiceExt as _;
use web::{Site, State};

/// The site, with everything but sockets.
pub(crate) struct House {
    pub state: State,
    router: Router,
    db: TestDb,
}

/// What the site answered.
pub(crate) struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answered {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The site's parts over this database, with settings that tests share.
pub(crate) fn state(db: &TestDb) -> State {
    let site = Site {
        city: "昆山市".into(),
        demo: false,
        phone: "12345".into(),
        secure_cookies: false,
        nav: app::routes::nav(),
        upload_limit: 1 << 20,
    };
    let (clock, rng) = (Arc::clone(&db.clock), Arc::clone(&db.rng));
    let state = State::new((**db).clone(), clock, rng, site, Box::new(people::FrontDoor::default()));
    let rules = people::Rules::cheap();
    app::site::furnish(&state, rules);
    state
}

impl House {
    pub fn new(db: &TestDb) -> Self {
        let state = state(db);
        Self { router: app::routes::router(state.clone()), state, db: db.clone() }
    }

    /// A token of a new account that holds this role on the whole city.
    pub async fn token_of(&self, role: Role) -> String {
        let cx = self.db.cx();
        let rules = people::settings(&self.state).rules;
        let name = format!("{role}-a");
        let password = rules.new_password(&cx, &name, "Kunshan-8!").await.expect("a good one");
        let new = people::NewAccount {
            display_name: name.clone(),
            name,
            password,
            grants: vec![Grant { role, scope: Scope::CITY }],
        };
        let mut tx = self.db.write().await.expect("a transaction");
        let id = people::create_account(&mut tx, &cx, new).await.expect("an account");
        let new = people::NewToken { account: id, name: "test".into(), days: 30 };
        let issued = people::create_token(&mut tx, &cx, new).await.expect("a token");
        tx.commit().await.expect("it commits");
        issued.text
    }

    pub async fn call(&self, request: Request<Body>) -> Answered {
        let mut answered = self.head(request).await;
        let body = std::mem::take(&mut answered.1);
        let bytes = to_bytes(body, 8 << 20).await.expect("a body that ends");
        answered.0.text = String::from_utf8_lossy(&bytes).into_owned();
        answered.0
    }

    /// Calls without reading the body, which may be a stream that goes on.
    pub async fn head(&self, request: Request<Body>) -> (Answered, Body) {
        let response = self.router.clone().oneshot(request).await;
        let (parts, body) = response.expect("a router does not fail").into_parts();
        (Answered { status: parts.status, headers: parts.headers, text: String::new() }, body)
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answered {
        self.call(request(Method::GET, path, token).body(Body::empty()).expect("a request")).await
    }
}

/// A request as a script or a browser would begin it.
pub(crate) fn request(
    method: Method,
    path: &str,
    token: Option<&str>,
) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "tongpin.test");
    match token {
        Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    }
}
