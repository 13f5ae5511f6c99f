//! Somebody asks for a code: checked, counted, and given to the outbox in the same transaction.

use db::{Entry, Fault, Tx};
use ipnet::IpNet;
use jiff::SignedDuration;
use kernel::{Cx, Phone};
use serde_json::json;
use web::State;

use crate::{
    CONSENT_VERSION, Sms,
    code::{Code, CodeId, LIVES, LONGEST, must_wait},
    networks::{Crowd, Networks},
    question::Answered,
    sealed::Sealer,
    send_code::SEND,
    settings::settings,
    store::{self, code::NewCode},
};

/// What somebody asks.
pub(crate) struct CodeAsk {
    pub(crate) phone: Phone,
    /// The version of the consent that was ticked, if one was.
    pub(crate) consent: Option<i64>,
    /// The answer to a question, if one was asked.
    pub(crate) answered: Option<Answered>,
    /// From where.
    pub(crate) from: Option<IpNet>,
}

/// Why no code was sent. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskCodeRefused {
    /// No gateway is set.
    #[error("短信登录还没有开通，没有发短信。急的话，请打这一页的电话。")]
    NotSetUp,
    /// The consent of now was not given.
    #[error("没有勾选同意，没有发短信。请看过说明，同意就勾上，再点一次")]
    Consent,
    /// The phone or its network asked too often; wait for so many seconds.
    #[error("{words}")]
    TooOften {
        /// What happened, what is safe, what to do.
        words: String,
        /// Seconds.
        retry_after: u32,
    },
    /// A question must be answered first.
    #[error("还要回答一个小问题，才能再发短信。请选一个答案，再点一次")]
    Question,
    /// The answer was wrong, too old, or used.
    #[error("小问题没有答对，没有发短信。换了一个新的，请再选一次")]
    WrongAnswer,
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Asks for a code, in a transaction of its own: the network is counted in memory before it.
pub(crate) async fn ask_code(
    state: &State,
    cx: &Cx,
    ask: CodeAsk,
) -> Result<CodeId, AskCodeRefused> {
    if matches!(settings(state).sms, Sms::Off) {
        return Err(AskCodeRefused::NotSetUp);
    }
    if ask.consent != Some(CONSENT_VERSION) {
        return Err(AskCodeRefused::Consent);
    }
    let networks = state.part::<Networks>();
    let rules = settings(state).networks;
    let crowd = ask.from.map_or(Crowd::Few, |from| networks.count(from, cx.now, rules));
    if let Crowd::TooMany(retry_after) = crowd {
        return Err(crowded(retry_after));
    }
    let mut tx = state.db().write().await?;
    let id = put_code(&mut tx, state, cx, &ask, crowd == Crowd::Many).await?;
    tx.commit().await?;
    Ok(id)
}

/// The code, the count, the job and the journal, in one transaction. A refusal leaves the
/// transaction to be dropped.
async fn put_code(
    tx: &mut Tx,
    state: &State,
    cx: &Cx,
    ask: &CodeAsk,
    is_crowded: bool,
) -> Result<CodeId, AskCodeRefused> {
    let keys = &state.site().keys;
    let (sealer, id, code) = (Sealer::new(keys), cx.new_id(), Code::draw(cx));
    let phone_hash = sealer.hash(&ask.phone);
    let message = json!({ "phone": ask.phone.expose(), "code": code.text() });
    let new = NewCode {
        id,
        phone_hash: phone_hash.clone(),
        phone_sealed: sealer.seal(cx, &ask.phone)?,
        message_sealed: sealer.seal_text(cx, &message.to_string())?,
        code_hash: code.hash(keys, id),
        consent: CONSENT_VERSION,
        expires_at: cx.now + LIVES,
    };
    // Written before it is counted: that is what makes others wait who ask for the same phone.
    store::code::put(tx, new, cx.now).await?;
    let asks = store::code::asks(tx, &phone_hash, cx.now - LONGEST).await?;
    if let Some(wait) = must_wait(&asks, cx.now) {
        return Err(too_often(wait));
    }
    let hour_ago = cx.now - SignedDuration::from_hours(1);
    let lately = asks.iter().filter(|at| **at > hour_ago).count();
    if is_crowded || lately >= settings(state).question.after {
        let answered = ask.answered.as_ref().ok_or(AskCodeRefused::Question)?;
        let nonce = answered.check(keys, cx.now).ok_or(AskCodeRefused::WrongAnswer)?;
        if !store::code::use_question(tx, nonce, cx.now).await? {
            return Err(AskCodeRefused::WrongAnswer);
        }
    }
    store::code::note_ask(tx, id, &phone_hash, cx.now).await?;
    db::job::enqueue(tx, cx, SEND, &json!({ "code": id.to_string() })).await?;
    tx.journal(cx, Entry::on("citizen.code_asked", id));
    Ok(id)
}

fn too_often(wait: crate::code::Wait) -> AskCodeRefused {
    let seconds = u32::try_from(wait.left.as_secs().max(1)).unwrap_or(u32::MAX);
    let within = match wait.window.as_secs() {
        60 => "一分钟",
        3600 => "一小时",
        _ => "一天",
    };
    let words = format!(
        "这个手机号{within}里最多发 {} 条，没有再发；发过的验证码五分钟内都有效。请过 {}再试；\
         急的话，请打这一页的电话。",
        wait.most,
        spoken(seconds)
    );
    AskCodeRefused::TooOften { words, retry_after: seconds }
}

fn crowded(retry_after: u32) -> AskCodeRefused {
    let words = format!(
        "从这个网络发的短信太多，先停一停，没有再发。请过 {}再试，或换手机流量；\
         急的话，请打这一页的电话。",
        spoken(retry_after)
    );
    AskCodeRefused::TooOften { words, retry_after }
}

/// Rounded up, so that whoever waits so long is not told to wait again.
fn spoken(seconds: u32) -> String {
    match seconds {
        0..=90 => format!("{seconds} 秒"),
        91..=5400 => format!("{} 分钟", seconds.div_ceil(60)),
        _ => format!("{} 小时", seconds.div_ceil(3600)),
    }
}
