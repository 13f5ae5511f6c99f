//! Signing in by phone, for mini-programs and scripts.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use jiff::SignedDuration;
use kernel::{Actor, Phone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Ask, Refused, client::FromClient};

use crate::{
    TOKEN_DAYS,
    ask_code::{AskCodeRefused, CodeAsk, ask_code},
    code::LIVES,
    confirm::{Confirmed, confirm},
    question::{Answered, Question},
    sealed::Sealer,
};

/// A question in words.
#[derive(Serialize, JsonSchema)]
pub(crate) struct AskedQuestion {
    /// Goes back with the answer; of use once, within 15 minutes.
    id: String,
    /// What is asked, in the caller's language.
    text: String,
    /// The words, of which one is right.
    choices: Vec<String>,
}

/// `GET /api/v1/citizen-questions`
pub(crate) async fn question(ask: Ask) -> Json<AskedQuestion> {
    let question = Question::new(&ask.state.site().keys, &ask.cx);
    let choices = question.choices.iter().map(|word| ask.t(word).to_owned()).collect();
    Json(AskedQuestion { id: question.id, text: ask.t(question.text).to_owned(), choices })
}

/// A code to be sent.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskedCode {
    /// A mobile number of mainland China.
    #[schemars(length(min = 1, max = 40))]
    phone: String,
    /// The version of the consent (`/c/consent`) that the person ticked.
    consent: i64,
    /// The id of the question that was answered, when one is needed.
    #[serde(default)]
    question: Option<String>,
    /// The place of the chosen word, counted from zero.
    #[serde(default)]
    #[schemars(range(min = 0, max = 3))]
    choice: Option<u8>,
}

/// A code is on its way.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SentCode {
    /// RFC 3339; refused from then on.
    expires_at: String,
    /// Seconds until the same phone may be sent another.
    retry_after: u32,
}

fn phone(text: &str) -> Answer<Phone> {
    Phone::mobile(text).map_err(|why| {
        let words = format!("{}。没有发短信，请改正再发。", why.message());
        Refused::unprocessable("bad-phone", words)
    })
}

/// `POST /api/v1/citizen-codes`
pub(crate) async fn ask(
    ask: Ask,
    FromClient(from): FromClient,
    Json(asked): Json<AskedCode>,
) -> Answer<Response> {
    let phone = phone(&asked.phone)?;
    let answered = asked.question.map(|id| Answered { id, choice: asked.choice.map(usize::from) });
    let code = CodeAsk { phone, consent: Some(asked.consent), answered, from };
    let cx = ask.cx.acting_as(Actor::Anonymous);
    ask_code(&ask.state, &cx, code).await?;
    let sent = SentCode { expires_at: (cx.now + LIVES).to_string(), retry_after: 60 };
    Ok((StatusCode::ACCEPTED, Json(sent)).into_response())
}

impl From<AskCodeRefused> for Refused {
    fn from(refused: AskCodeRefused) -> Self {
        let words = refused.to_string();
        let code = match refused {
            AskCodeRefused::Fault(fault) => return fault.into(),
            AskCodeRefused::TooOften { words, retry_after } => {
                return Self::TooMany { message: words, retry_after };
            }
            AskCodeRefused::NotSetUp => "sms-not-set-up",
            AskCodeRefused::Consent => "consent-needed",
            AskCodeRefused::Question => "question-needed",
            AskCodeRefused::WrongAnswer => "wrong-answer",
        };
        Self::unprocessable(code, words)
    }
}

/// A code that was typed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypedCode {
    /// The phone that it was sent to.
    #[schemars(length(min = 1, max = 40))]
    phone: String,
    /// Six digits.
    #[schemars(length(min = 1, max = 40))]
    code: String,
}

/// A token that was just made.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MadeToken {
    /// Goes after `Authorization: Bearer `.
    token: String,
    /// RFC 3339; refused from then on.
    expires_at: String,
}

/// `POST /api/v1/citizen-tokens`
pub(crate) async fn token(ask: Ask, Json(typed): Json<TypedCode>) -> Answer<Response> {
    let phone = phone(&typed.phone)?;
    let keys = &ask.state.site().keys;
    let hash = Sealer::new(keys).hash(&phone);
    let cx = ask.cx.acting_as(Actor::Anonymous);
    let mut tx = ask.db().write().await?;
    let confirmed = confirm(&mut tx, &cx, keys, &hash, &typed.code, None).await?;
    tx.commit().await?;
    match confirmed {
        Confirmed::In(token) => {
            let expires_at = cx.now + SignedDuration::from_hours(24 * TOKEN_DAYS);
            let made = MadeToken { token, expires_at: expires_at.to_string() };
            Ok((StatusCode::CREATED, Json(made)).into_response())
        }
        Confirmed::Not(why) => Err(Refused::unprocessable(why.code(), why.to_string())),
    }
}
