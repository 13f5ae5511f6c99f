//! What the crate is told when the site starts: how messages leave, how often they may.

use std::sync::{Arc, OnceLock};

use web::State;

use crate::{NetworkRules, Sms};

/// What the crate is told when the site starts.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How messages leave.
    pub sms: Sms,
    /// How often codes may be asked for from one network.
    pub networks: NetworkRules,
    /// Codes within an hour from which on a phone's next one needs an answer to a question.
    pub question: QuestionRules,
}

/// When a phone's own asks lead to a question.
#[derive(Clone, Copy, Debug)]
pub struct QuestionRules {
    /// Codes asked for within an hour, after which the next needs an answer.
    pub after: usize,
}

impl Default for QuestionRules {
    /// Somebody who mistypes once or twice never meets it.
    fn default() -> Self {
        Self { after: 3 }
    }
}

#[derive(Default)]
struct Told(OnceLock<Arc<Settings>>);

/// Tells the crate its settings, once, before the first request. Answers whether it was in time:
/// after the first use the settings stay as they were.
pub fn configure(state: &State, settings: Settings) -> bool {
    state.part::<Told>().0.set(Arc::new(settings)).is_ok()
}

/// The settings of this site; without any told, no message leaves.
pub(crate) fn settings(state: &State) -> Arc<Settings> {
    Arc::clone(state.part::<Told>().0.get_or_init(Arc::default))
}
