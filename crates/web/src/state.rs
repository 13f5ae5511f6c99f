//! What every handler can reach: the database, the clock, the site's settings, shared parts.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::HeaderMap;
use db::Db;
use futures_util::future::BoxFuture;
use kernel::{Actor, CitizenNo, Clock, Cx, Keys, Rng};

use crate::{Access, Proxies, Refused};

/// The running site. Cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    site: Site,
    doorman: Box<dyn Doorman>,
    parts: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

/// Settings that pages and cookies need.
#[derive(Clone, Debug)]
pub struct Site {
    /// Whose city this is, as the page's head says.
    pub city: String,
    /// Whether everything here is generated; every page says so.
    pub demo: bool,
    /// The phone number on every page.
    pub phone: String,
    /// Whether cookies are only sent over HTTPS.
    pub secure_cookies: bool,
    /// The main navigation, in order.
    pub nav: Vec<NavItem>,
    /// Largest upload, in bytes.
    pub upload_limit: usize,
    /// What the site signs and encrypts with.
    pub keys: Keys,
    /// The reverse proxies before us.
    pub proxies: Proxies,
}

/// One entry of the main navigation; shown to those who may open it.
#[derive(Clone, Copy, Debug)]
pub struct NavItem {
    /// The Chinese word.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Who sees it.
    pub access: Access,
}

/// Who came in, as the doorman knows them.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who acts.
    pub actor: Actor,
    /// The secret that this visitor's forms must carry; `None` for scripts with a token.
    pub csrf: Option<String>,
    /// A word to say on the sign-in page, such as that the session was idle too long.
    pub said: Option<&'static str>,
}

/// Tells who a request comes from. `people` provides the real one.
pub trait Doorman: Send + Sync {
    /// Reads the session cookie or the token.
    fn admit<'a>(
        &'a self,
        state: &'a State,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Visitor, Refused>>;

    /// Reads a citizen's signed token and nothing else, without asking the database: for the
    /// routes that a whole city calls in one second.
    fn citizen(&self, state: &State, headers: &HeaderMap) -> Option<CitizenNo> {
        let _ = (state, headers);
        None
    }
}

impl State {
    /// Joins the parts of a running site.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        site: Site,
        doorman: Box<dyn Doorman>,
    ) -> Self {
        let parts = Mutex::default();
        Self(Arc::new(Inner { db, clock, rng, site, doorman, parts }))
    }
    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }
    /// Where new ids and secrets come from.
    pub fn rng(&self) -> &dyn Rng {
        &*self.0.rng
    }
    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }
    /// The settings.
    pub fn site(&self) -> &Site {
        &self.0.site
    }
    /// The doorman.
    pub fn doorman(&self) -> &dyn Doorman {
        &*self.0.doorman
    }
    /// A context for this actor, now.
    pub fn cx(&self, actor: Actor) -> Cx {
        Cx::new(&*self.0.clock, Arc::clone(&self.0.rng), actor)
    }
    /// A part that a domain keeps for the life of the process, such as a bounded cache; made at
    /// first use.
    pub fn part<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut parts = self.0.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let part = parts.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        Arc::clone(part).downcast().unwrap_or_default()
    }
}
