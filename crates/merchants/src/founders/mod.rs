//! E-commerce founders and community store managers: who they are, what they learnt, what they
//! were given, what they opened.

mod founder;
mod phone;
mod policy;
mod refusal;
mod register;
mod step;
mod store;
mod take_down;
mod withdraw;

pub use founder::{
    CONSENT_VERSION as FOUNDER_CONSENT, Founder, FounderKind, Registration, Step, StepFacts,
    StepId, StepKind,
};
pub use phone::{reveal_founder, tell_founder_phone};
pub use policy::{FOUNDER_KEEPERS, FOUNDER_READERS, keeps_founders, names_founders, sees_founders};
pub use refusal::FounderError;
pub use register::{FounderChange, change_founder, register_founder};
pub use step::{Training, note_step, note_training};
pub(crate) use store::{all_founders, all_steps, find_founder, find_step, phone_of};
pub use take_down::strike_step;
pub use withdraw::withdraw_founder;
