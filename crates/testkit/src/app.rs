//! The site under test: the real router over a test's database, browsers with cookies, scripts
//! with tokens.
//!
//! ```text
//! let app = TestApp::with(places::routes(), db);
//! app.account("chen", &[Grant { role: Role::Clerk, scope: Scope::CITY }]).await;
//! let browser = app.browser("chen").await;
//! let answer = browser.post("/places", &[("name", "昆城广场")]).await;
//! assert_eq!(answer.status, 303);
//! ```

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, header},
};
use kernel::{Actor, Grant, actor::AccountId};
use tempfile::TempDir;
use tower::ServiceExt as _;
use web::{NavItem, Routes, Site, State};

use crate::TestDb;

/// The password of every account that [`TestApp::account`] makes.
pub const PASSWORD: &str = "Kunshan-2021";

/// A running site without a socket.
#[derive(Clone)]
pub struct TestApp {
    /// The test's database, clock and rng, which the site uses too.
    pub db: TestDb,
    /// What handlers reach.
    pub state: State,
    router: Router,
    /// Where the codes to citizens' phones are written.
    pub(crate) phones: Arc<TempDir>,
}

impl TestApp {
    /// A site with these routes; those of `people` are added when they are not among them.
    pub fn with(routes: Routes, db: TestDb) -> Self {
        Self::with_settings(routes, db, Self::site(Vec::new()), people::Rules::cheap())
    }

    /// A site with this navigation, these rules at the door.
    ///
    /// # Panics
    /// When the routes overlap.
    pub fn with_settings(routes: Routes, db: TestDb, site: Site, rules: people::Rules) -> Self {
        Self::with_sms(routes, db, site, rules, |sms| sms)
    }

    /// A site whose citizens are sent their codes in a way that is made of the usual one: into a
    /// file that [`newest_code`](Self::newest_code) reads.
    ///
    /// # Panics
    /// When the routes overlap.
    pub fn with_sms(
        routes: Routes,
        db: TestDb,
        site: Site,
        rules: people::Rules,
        sms: impl FnOnce(citizens::Settings) -> citizens::Settings,
    ) -> Self {
        let has = |path| routes.table().iter().any(|route| route.path == path);
        let (has_people, has_citizens) = (has("/login"), has("/c/login"));
        let routes = if has_people { routes } else { routes.merge(people::routes()) };
        let routes = if has_citizens { routes } else { routes.merge(citizens::routes()) };
        let doorman = Box::new(citizens::Door::new(&site.keys));
        let state = State::new((*db).clone(), db.clock.clone(), db.rng.clone(), site, doorman);
        let settings = people::Settings { rules, ..people::Settings::default() };
        assert!(people::configure(&state, settings), "a new site was told its rules before");
        let phones = Arc::new(tempfile::tempdir().expect("a folder for codes"));
        let into_file = citizens::Sms::Demo(phones.path().join("demo-sms"));
        let usual = citizens::Settings { sms: into_file, ..citizens::Settings::default() };
        assert!(citizens::configure(&state, sms(usual)), "a new site was told its rules before");
        Self { db, router: web::server::router(state.clone(), routes), state, phones }
    }

    /// The settings of a site with this navigation.
    pub fn site(nav: Vec<NavItem>) -> Site {
        Site {
            city: "昆山".into(),
            demo: true,
            phone: "0512-5555 0100".into(),
            secure_cookies: false,
            nav,
            upload_limit: 50 << 20,
            keys: kernel::Keys::new([7; 32]),
            proxies: web::Proxies::default(),
        }
    }

    /// Makes an account with [`PASSWORD`] and these grants; its person is called as the account.
    ///
    /// # Panics
    /// When it cannot be made, for one because the name is taken.
    pub async fn account(&self, name: &str, grants: &[Grant]) -> AccountId {
        let cx = self.db.cx();
        let rules = people::settings(&self.state).rules;
        let password = rules.new_password(&cx, name, PASSWORD).await.expect("a good password");
        let new = people::NewAccount {
            name: name.to_owned(),
            display_name: name.to_owned(),
            password,
            grants: grants.to_vec(),
        };
        let mut tx = self.db.write().await.expect("the database writes");
        let id = people::create_account(&mut tx, &cx, new).await.expect("a new account");
        tx.commit().await.expect("the account is kept");
        id
    }

    /// Makes a token for this account and a script that sends it.
    ///
    /// # Panics
    /// When there is no such account.
    pub async fn script_of(&self, name: &str) -> Script {
        self.script(&self.token(name, 30).await)
    }

    /// Makes a token for this account.
    ///
    /// # Panics
    /// When there is no such account.
    pub async fn token(&self, name: &str, days: i64) -> String {
        let mut tx = self.db.write().await.expect("the database writes");
        let found = people::find_account_by_name(&mut tx, name).await.expect("a read");
        let account = found.unwrap_or_else(|| panic!("there is no account {name}")).id;
        let new = people::NewToken { account, name: "test".into(), days };
        let cx = self.db.cx();
        let issued = people::create_token(&mut tx, &cx, new).await.expect("a new token");
        tx.commit().await.expect("the token is kept");
        issued.text
    }

    /// A citizen whose phone was just verified, as a script that sends the citizen's token.
    ///
    /// # Panics
    /// When this is no mobile number.
    pub async fn citizen(&self, phone: &str) -> (kernel::CitizenNo, Script) {
        let phone = kernel::Phone::mobile(phone).expect("a mobile number");
        let (cx, keys) = (self.db.cx(), &self.state.site().keys);
        let mut tx = self.db.write().await.expect("the database writes");
        let nos = citizens::enrol(&mut tx, &cx, keys, &[phone]).await.expect("a citizen");
        tx.commit().await.expect("the citizen is kept");
        let no = nos[0];
        (no, self.script(&citizens::mint(keys, no, cx.now)))
    }

    /// A script that sends this token.
    pub fn script(&self, token: &str) -> Script {
        Script { app: self.clone(), token: token.to_owned() }
    }

    /// A browser of somebody who has not signed in.
    pub fn visitor(&self) -> Browser {
        Browser { app: self.clone(), jar: Arc::default() }
    }

    /// A browser in which this account has signed in, through the real page.
    ///
    /// # Panics
    /// When the sign-in is refused.
    pub async fn browser(&self, name: &str) -> Browser {
        let browser = self.visitor();
        let answer = browser.sign_in(name, PASSWORD).await;
        assert_eq!(answer.status, 303, "{name} may sign in: {}", answer.body);
        browser
    }

    /// The account as an actor, for calling verbs directly.
    ///
    /// # Panics
    /// When there is no such account that is enabled.
    pub async fn actor(&self, account: AccountId) -> Actor {
        let mut tx = self.db.read().await.expect("the database reads");
        let actor = people::actor_of(&mut tx, account).await.expect("a read");
        actor.expect("an enabled account")
    }

    /// Sends any request through the whole router.
    ///
    /// # Panics
    /// When the answer's body breaks off.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a whole body").to_vec();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body, bytes }
    }
}

/// What the site answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
    /// The body as it came, for files.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// A header's text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
    /// Where it redirects to; empty when it does not.
    pub fn location(&self) -> &str {
        self.header("location")
    }
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|why| panic!("{why}: {}", self.body))
    }
    /// Whether the body has this text in it.
    pub fn has(&self, text: &str) -> bool {
        self.body.contains(text)
    }
    /// The secret that this page's forms carry; empty when it is no page.
    pub fn csrf(&self) -> &str {
        self.between("<meta name=\"csrf-token\" content=\"", "\"")
    }
    /// The text between the first of these two marks; empty when they are not there.
    pub fn between(&self, before: &str, after: &str) -> &str {
        let rest = self.body.split_once(before).map_or("", |(_, rest)| rest);
        rest.split_once(after).map_or("", |(text, _)| text)
    }
}

#[derive(Default)]
struct Jar {
    cookies: BTreeMap<String, String>,
    csrf: String,
}

/// A browser: keeps cookies, and the secret of the last page for its forms. Follows no redirect.
#[derive(Clone)]
pub struct Browser {
    app: TestApp,
    jar: Arc<Mutex<Jar>>,
}

impl Browser {
    /// Opens the sign-in page and sends its form.
    pub async fn sign_in(&self, name: &str, password: &str) -> Answer {
        self.sign_in_with(&[("name", name), ("password", password)]).await
    }

    /// Opens the sign-in page and sends these fields with its form. After success the secret of
    /// the new session's forms is taken from the account's own page.
    pub async fn sign_in_with(&self, fields: &[(&str, &str)]) -> Answer {
        self.get("/login").await;
        let answer = self.post("/login", fields).await;
        if answer.status == 303 {
            self.get("/me").await;
        }
        answer
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    /// `GET` of a fragment, as htmx asks for it.
    pub async fn fragment(&self, path: &str) -> Answer {
        self.send(Request::get(path).header("hx-request", "true"), Body::empty()).await
    }

    /// `POST` of a form, with the secret of the last page.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf();
        let mut fields = fields.to_vec();
        fields.push(("csrf_token", &csrf));
        self.post_bare(path, &fields).await
    }

    /// `POST` of a form with these fields alone, as another site's page would send it.
    pub async fn post_bare(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = "application/x-www-form-urlencoded";
        let request = Request::post(path).header(header::CONTENT_TYPE, form);
        self.send(request, Body::from(urlencoded(fields))).await
    }

    /// `POST` of JSON, as the page's scripts send it.
    pub async fn post_json(&self, path: &str, body: &serde_json::Value) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header("x-csrf-token", self.csrf());
        self.send(request, Body::from(body.to_string())).await
    }

    /// `POST` of a file in the field `file`, with further fields.
    pub async fn upload(
        &self,
        path: &str,
        (name, bytes): (&str, &[u8]),
        fields: &[(&str, &str)],
    ) -> Answer {
        let csrf = self.csrf();
        let (media_type, body) = multipart((name, bytes), fields);
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, media_type)
            .header("x-csrf-token", csrf);
        self.send(request, Body::from(body)).await
    }

    /// Sends any request, with the cookies.
    ///
    /// # Panics
    /// When the request is malformed.
    pub async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let cookies = {
            let jar = self.jar();
            let pairs = jar.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            pairs.collect::<Vec<_>>().join("; ")
        };
        let request =
            if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies) };
        let answer = self.app.send(request.body(body).expect("a well-formed request")).await;
        self.learn(&answer);
        answer
    }

    /// Sets a cookie.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar().cookies.insert(name.to_owned(), value.to_owned());
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar().cookies.get(name).cloned()
    }

    /// The secret of the last page's forms.
    pub fn csrf(&self) -> String {
        self.jar().csrf.clone()
    }

    fn learn(&self, answer: &Answer) {
        let mut jar = self.jar();
        for set in answer.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap_or_default();
            let (pair, rest) = set.split_once(';').unwrap_or((set, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            if rest.contains("Max-Age=0") {
                jar.cookies.remove(name);
            } else {
                jar.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if !answer.csrf().is_empty() {
            answer.csrf().clone_into(&mut jar.csrf);
        }
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, Jar> {
        self.jar.lock().expect("no holder of this lock can panic")
    }
}

/// A script with a token.
#[derive(Clone)]
pub struct Script {
    app: TestApp,
    token: String,
}

impl Script {
    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }
    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: &serde_json::Value) -> Answer {
        self.send_json(Request::post(path), body).await
    }
    /// `PATCH` with JSON.
    pub async fn patch(&self, path: &str, body: &serde_json::Value) -> Answer {
        self.send_json(Request::patch(path), body).await
    }
    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Request::delete(path), Body::empty()).await
    }
    /// `POST` of a file in the field `file`, with further fields.
    pub async fn upload(&self, path: &str, file: (&str, &[u8]), fields: &[(&str, &str)]) -> Answer {
        let (media_type, body) = multipart(file, fields);
        let request = Request::post(path).header(header::CONTENT_TYPE, media_type);
        self.send(request, Body::from(body)).await
    }
    /// Sends any request, with the token.
    ///
    /// # Panics
    /// When the request is malformed.
    pub async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        self.app.send(request.body(body).expect("a well-formed request")).await
    }

    async fn send_json(
        &self,
        request: axum::http::request::Builder,
        body: &serde_json::Value,
    ) -> Answer {
        let request = request.header(header::CONTENT_TYPE, "application/json");
        self.send(request, Body::from(body.to_string())).await
    }
}

fn urlencoded(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        text.bytes().fold(String::new(), |mut into, byte| {
            if byte.is_ascii_alphanumeric() {
                into.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(into, "%{byte:02X}");
            }
            into
        })
    };
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// The media type and body of a form with a file.
fn multipart((name, bytes): (&str, &[u8]), fields: &[(&str, &str)]) -> (String, Vec<u8>) {
    const MARK: &str = "----tongpin-test-b2f1c0";
    let mut body = Vec::new();
    for (field, value) in fields {
        let part = format!(
            "--{MARK}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{MARK}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{MARK}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={MARK}"), body)
}
