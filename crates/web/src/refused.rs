//! Why a request was not done: a page with words for people, RFC 9457 for scripts.

use std::error::Error;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use db::Fault;
use http_body_util::LengthLimitError;
use serde::Serialize;
use serde_json::{Map, Value};
use tower_http::timeout::TimeoutError;

use crate::{FieldErrors, Lang};

/// A refusal, on its way to the edge, which dresses it for who asked.
#[derive(Debug)]
pub enum Refused {
    /// Sign in first; the word says why, when there is something to say.
    SignIn(Option<&'static str>),
    /// The actor may see it but not do this.
    Forbidden,
    /// There is nothing here that the actor may see.
    NotFound,
    /// Some fields are wrong.
    Invalid(FieldErrors),
    /// The request as a whole is wrong; three sentences: what happened, what is safe, what to do.
    Unprocessable {
        /// A stable word for scripts.
        code: &'static str,
        /// For people.
        message: String,
    },
    /// Somebody else was first.
    Conflict {
        /// A stable word for scripts.
        code: &'static str,
        /// For people.
        message: String,
    },
    /// Too much was tried from one address.
    TooMany {
        /// For people.
        message: String,
        /// Seconds.
        retry_after: u32,
    },
    /// The asker's turn has not come; a place in a line is kept for them.
    NotYet {
        /// A stable word for scripts.
        code: &'static str,
        /// For people.
        message: String,
        /// Seconds.
        retry_after: u32,
        /// For scripts: where they stand, beside the members of every problem.
        more: Map<String, Value>,
    },
    /// The body stopped coming before its end.
    Stalled,
    /// Come back later.
    Busy {
        /// For people.
        message: String,
        /// Seconds.
        retry_after: u32,
    },
    /// A field of the query does not parse.
    BadQuery(&'static str),
    /// The body is larger than the limit, in bytes.
    TooLarge(usize),
    /// The form's secret is missing or of another session.
    StaleForm,
    /// Our fault; logged once, under this incident id.
    Fault(String),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::fault(&fault)
    }
}

impl Refused {
    /// Logs an unexpected failure once and keeps only its incident id.
    pub fn fault(why: &dyn std::fmt::Display) -> Self {
        let incident = INCIDENT
            .try_with(|request| request.simple().to_string()[..12].to_owned())
            .unwrap_or_else(|_| "none".to_owned());
        tracing::error!(incident, %why, "fault");
        Self::Fault(incident)
    }
    /// A wrong request, in words.
    pub fn unprocessable(code: &'static str, message: impl Into<String>) -> Self {
        Self::Unprocessable { code, message: message.into() }
    }
    /// A lost race, in words.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict { code, message: message.into() }
    }
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignIn(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::StaleForm => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid(_) | Self::Unprocessable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BadQuery(_) => StatusCode::BAD_REQUEST,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NotYet { .. } => StatusCode::TOO_EARLY,
            Self::Stalled => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
    /// A stable word for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SignIn(_) => "sign-in",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::Invalid(_) => "invalid-fields",
            Self::Unprocessable { code, .. }
            | Self::Conflict { code, .. }
            | Self::NotYet { code, .. } => code,
            Self::BadQuery(_) => "bad-query",
            Self::Busy { .. } => "busy",
            Self::TooMany { .. } => "too-many",
            Self::Stalled => "stalled",
            Self::TooLarge(_) => "too-large",
            Self::StaleForm => "stale-form",
            Self::Fault(_) => "fault",
        }
    }
    /// What happened, what is safe, what to do.
    pub fn message(&self) -> String {
        match self {
            Self::SignIn(said) => said.unwrap_or("请先登录。").to_owned(),
            Self::Forbidden => {
                "你能看到这里，但不能办这件事。数据没有改动。需要的话，请管理员给你相应的权限。"
                    .into()
            }
            Self::NotFound => {
                "这里没有你能看到的内容。可能是网址不对，也可能不在你的范围里。".into()
            }
            Self::Invalid(errors) => {
                format!("有 {} 处要改，还没有存。你填的都在。", errors.len())
            }
            Self::Unprocessable { message, .. }
            | Self::Conflict { message, .. }
            | Self::NotYet { message, .. }
            | Self::TooMany { message, .. }
            | Self::Busy { message, .. } => message.clone(),
            Self::Stalled => {
                "传到一半停住了，没有收完，什么也没有写入。请检查网络，再发一次。".into()
            }
            Self::BadQuery(field) => {
                format!("网址里的条件 {field} 看不懂，什么也没有改。请去掉它，或者重新选一次。")
            }
            Self::TooLarge(limit) if *limit < 1 << 20 => {
                format!("内容太大，没有收下。最大 {} KB，请减少内容再发。", limit >> 10)
            }
            Self::TooLarge(limit) => {
                format!("文件太大，没有收下。最大 {} MB，请拆成几个再传。", limit >> 20)
            }
            Self::StaleForm => "这张表打开得太久，没有存。请刷新页面，再填一次。".into(),
            Self::Fault(incident) => {
                format!(
                    "系统出了问题，这次没有办成，之前的数据没有丢。请把编号 {incident} 告诉管理员。"
                )
            }
        }
    }
    /// Why a body could not be read to its end, `limit` being the most bytes that are taken.
    pub fn body(why: &(dyn Error + 'static), limit: usize) -> Self {
        let mut cause = Some(why);
        while let Some(one) = cause {
            if one.is::<LengthLimitError>() {
                return Self::TooLarge(limit);
            }
            if one.is::<TimeoutError>() {
                return Self::Stalled;
            }
            cause = one.source();
        }
        Self::unprocessable(
            "body-cut-off",
            "没有传完就断了，什么也没有写入。请检查网络，再发一次。",
        )
    }
    /// How many seconds to wait before trying again, where that helps.
    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Busy { retry_after, .. }
            | Self::NotYet { retry_after, .. }
            | Self::TooMany { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }
    /// Says in the answer's headers when to try again.
    pub(crate) fn note_retry(&self, mut response: Response) -> Response {
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
    /// As RFC 9457 problem details, in Chinese.
    pub fn problem(&self) -> Response {
        self.problem_in(Lang::Zh)
    }
    /// As RFC 9457 problem details, in the reader's language.
    pub fn problem_in(&self, lang: Lang) -> Response {
        let problem = Problem {
            kind: format!("urn:tongpin:{}", self.code()),
            title: self.code().to_owned(),
            status: self.status().as_u16(),
            detail: lang.say(&self.message()).into_owned(),
            errors: match self {
                Self::Invalid(errors) => {
                    errors.iter().map(|one| FieldProblem::of(one, lang)).collect()
                }
                Self::BadQuery(field) => vec![FieldProblem::of((field, "does not parse"), lang)],
                _ => Vec::new(),
            },
            more: match self {
                Self::NotYet { more, .. } => more.clone(),
                _ => Map::new(),
            },
        };
        let mut response = (self.status(), Json(problem)).into_response();
        let problem_json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem_json);
        if let Self::SignIn(_) = self {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        self.note_retry(response)
    }
    /// Where a person is sent to sign in.
    pub fn to_sign_in(back: &str) -> Response {
        // Citizens' pages stand under `/c/`, and have a door of their own.
        let door = if back.starts_with("/c/") { "/c/login" } else { "/login" };
        let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
        Redirect::to(&format!("{door}?back={back}")).into_response()
    }
}

/// RFC 9457 problem details.
#[derive(Serialize, schemars::JsonSchema)]
pub struct Problem {
    /// A URN that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same, as one word.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// For people.
    pub detail: String,
    /// Field by field, when fields are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// What this kind of problem says beside (RFC 9457, 3.2).
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// One wrong field.
#[derive(Serialize, schemars::JsonSchema)]
pub struct FieldProblem {
    /// Its name in the request.
    pub field: String,
    /// For people.
    pub message: String,
}

impl FieldProblem {
    fn of((field, message): (&str, &str), lang: Lang) -> Self {
        Self { field: field.to_owned(), message: lang.say(message).into_owned() }
    }
}

tokio::task_local! {
    /// The request being answered, which names an incident.
    pub(crate) static INCIDENT: uuid::Uuid;
}

/// Carries the refusal to the edge, which knows who asked.
impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}
