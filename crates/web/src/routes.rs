//! One table of routes: method, path, who may, handler. The router, the access matrix and the
//! OpenAPI document all come from it.

use axum::{
    Router,
    handler::Handler,
    middleware,
    routing::{MethodFilter, on},
};
use kernel::{Actor, Role};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use crate::{
    State, gate,
    hot::{HotHandler, Lane},
};

/// Who may call a route at all. What of it they see is the verb's matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, signed in or not.
    Public,
    /// Anybody with an account.
    SignedIn,
    /// Holders of one of these roles, on any scope.
    Roles(&'static [Role]),
    /// Citizens with a verified phone, and nobody else: an account is not a citizen.
    Citizens,
}

impl Access {
    /// Whether this actor may.
    pub fn allows(self, actor: &Actor) -> bool {
        match self {
            Self::Public => true,
            Self::SignedIn => !matches!(actor, Actor::Anonymous | Actor::Citizen { .. }),
            Self::Roles(roles) => actor.has_any(roles),
            Self::Citizens => matches!(actor, Actor::Citizen { .. }),
        }
    }
}

/// How a request's body proves that it comes from our own page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// A form or JSON, read whole by the gate, which checks the secret and the idempotency key.
    Small,
    /// A file: taken in whole up to the limit of uploads; `Upload` checks the secret.
    Upload,
}

/// One row of the table.
#[derive(Debug)]
pub struct Route {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// `/units/{id}`
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// What OpenAPI says, for routes under `/api`.
    pub operation: Option<Operation>,
}

/// Writes a type's schema down.
type WriteSchema = fn(&mut SchemaGenerator) -> Value;

/// What OpenAPI says of a route. Types are written down when the document is.
#[derive(Debug, Default)]
pub struct Operation {
    pub(crate) summary: &'static str,
    pub(crate) query: Option<WriteSchema>,
    pub(crate) body: Option<(&'static str, WriteSchema)>,
    pub(crate) answers: Option<WriteSchema>,
    pub(crate) file: Option<&'static str>,
    pub(crate) status: u16,
    pub(crate) refusals: Vec<u16>,
}

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

fn inline_schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    T::json_schema(generator).to_value()
}

impl Operation {
    /// An operation that answers 200.
    pub fn new(summary: &'static str) -> Self {
        Self { summary, status: 200, ..Self::default() }
    }
    /// Its query parameters are the fields of `T`.
    #[must_use]
    pub fn query<T: JsonSchema>(self) -> Self {
        Self { query: Some(inline_schema::<T>), ..self }
    }
    /// It reads a JSON body.
    #[must_use]
    pub fn body<T: JsonSchema>(self) -> Self {
        Self { body: Some(("application/json", schema::<T>)), ..self }
    }
    /// It reads an uploaded file.
    #[must_use]
    pub fn upload<T: JsonSchema>(self) -> Self {
        Self { body: Some(("multipart/form-data", schema::<T>)), ..self }
    }
    /// It answers this JSON.
    #[must_use]
    pub fn answers<T: JsonSchema>(self) -> Self {
        Self { answers: Some(schema::<T>), ..self }
    }
    /// It answers a file of this media type.
    #[must_use]
    pub fn answers_file(self, media_type: &'static str) -> Self {
        Self { file: Some(media_type), ..self }
    }
    /// Its status when all is well.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }
    /// Refusals of its own, beside those that every operation has.
    #[must_use]
    pub fn refuses(self, refusals: impl Into<Vec<u16>>) -> Self {
        Self { refusals: refusals.into(), ..self }
    }
}

/// A domain's routes.
#[derive(Default)]
pub struct Routes {
    router: Router<State>,
    hot: Router<State>,
    table: Vec<Route>,
}

impl Routes {
    /// No routes yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// `GET`
    #[must_use]
    pub fn get<H: Handler<T, State>, T: 'static>(
        self,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.add("GET", MethodFilter::GET, path, access, Body::Small, handler)
    }
    /// `POST` of a form or JSON.
    #[must_use]
    pub fn post<H: Handler<T, State>, T: 'static>(
        self,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.add("POST", MethodFilter::POST, path, access, Body::Small, handler)
    }
    /// `POST` of a file.
    #[must_use]
    pub fn upload<H: Handler<T, State>, T: 'static>(
        self,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.add("POST", MethodFilter::POST, path, access, Body::Upload, handler)
    }
    /// `PATCH` with JSON.
    #[must_use]
    pub fn patch<H: Handler<T, State>, T: 'static>(
        self,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.add("PATCH", MethodFilter::PATCH, path, access, Body::Small, handler)
    }
    /// `DELETE`
    #[must_use]
    pub fn delete<H: Handler<T, State>, T: 'static>(
        self,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.add("DELETE", MethodFilter::DELETE, path, access, Body::Small, handler)
    }
    /// `GET` in the hot lane.
    #[must_use]
    pub fn hot_get(self, path: &'static str, access: Access, handler: impl HotHandler) -> Self {
        self.add_hot("GET", MethodFilter::GET, path, access, handler)
    }
    /// `POST` in the hot lane.
    #[must_use]
    pub fn hot_post(self, path: &'static str, access: Access, handler: impl HotHandler) -> Self {
        self.add_hot("POST", MethodFilter::POST, path, access, handler)
    }
    /// Says what OpenAPI writes of the route added last.
    #[must_use]
    pub fn describe(mut self, operation: Operation) -> Self {
        if let Some(last) = self.table.last_mut() {
            last.operation = Some(operation);
        }
        self
    }
    /// All of another domain's routes too.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.hot = self.hot.merge(other.hot);
        self.table.extend(other.table);
        self
    }
    /// The table.
    pub fn table(&self) -> &[Route] {
        &self.table
    }
    /// The router, the hot lane's, and the table of both.
    pub fn into_parts(self) -> (Router<State>, Router<State>, Vec<Route>) {
        (self.router, self.hot, self.table)
    }

    fn add_hot(
        mut self,
        method: &'static str,
        filter: MethodFilter,
        path: &'static str,
        access: Access,
        handler: impl HotHandler,
    ) -> Self {
        let lane = Lane::new(access, path);
        let answer = move |state: axum::extract::State<State>, request: axum::extract::Request| {
            lane.answer(state, request, handler.clone())
        };
        self.hot = self.hot.route(path, on(filter, answer));
        self.table.push(Route { method, path, access, operation: None });
        self
    }

    fn add<H: Handler<T, State>, T: 'static>(
        mut self,
        method: &'static str,
        filter: MethodFilter,
        path: &'static str,
        access: Access,
        body: Body,
        handler: H,
    ) -> Self {
        let guarded = handler.layer(middleware::from_fn(move |request, next| {
            gate::pass(access, body, request, next)
        }));
        self.router = self.router.route(path, on(filter, guarded));
        self.table.push(Route { method, path, access, operation: None });
        self
    }
}
