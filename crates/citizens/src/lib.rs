//! Citizens without an account: a verified phone, consent, and a signed token.
//!
//! # Glossary
//! - **citizen** 市民: a running number behind which stands a phone number, encrypted. Nothing else
//!   of the person is kept.
//! - **code** 验证码: six digits sent to a phone, for five minutes; one for each phone.
//! - **token** 市民令牌: says "citizen number so-and-so, since then" and is signed by the site. It
//!   is checked without a question to the database, so a whole city may come in one second.
//! - **revocation** 作废: tokens of a citizen from before an instant open nothing any more.
//! - **question** 小问题: in plain words, asked of who asks for many codes.
//! - **device hint** 设备线索: tells alike, for 30 days, two citizens on one device.
//!
//! # Invariants
//! - One phone number is one citizen.
//! - A phone number leaves the database only through a verb that writes it into the journal, and
//!   in the message that its owner asked for. No log and no job says it.
//! - A token is of this site's secret, of a citizen, and younger than [`TOKEN_DAYS`].
//! - A code opens the door once, and is tried five times at most; every try is kept before it is
//!   answered.
//! - Who withdraws the consent leaves a number behind that is nobody's.

mod ask_code;
mod citizen;
mod code;
mod confirm;
mod cookies;
mod device;
mod door;
mod enrol;
mod hex;
mod masked;
mod networks;
mod pages;
mod question;
mod reveal_phone;
mod revoked;
mod routes;
mod sealed;
mod send_code;
mod settings;
mod sms;
mod store;
mod sweep;
mod token;
mod withdraw;

pub use citizen::{CONSENT_VERSION, Citizen, citizens_by_phone, phone_finder};
pub use device::{
    DEVICE_DAYS, DeviceHint, MANY_ON_ONE_DEVICE, citizens_on, crowded_devices, crowds_after,
    device_hint, devices_of,
};
pub use door::Door;
pub use enrol::enrol;
pub use masked::masked_phones;
pub use networks::NetworkRules;
pub use reveal_phone::{RevealRefused, reveal_phone};
pub use revoked::{Revoked, refresh_revoked, sign_out_everywhere};
pub use routes::routes;
pub use send_code::{SEND, send_code};
pub use settings::{QuestionRules, Settings, configure};
pub use sms::{Gateway, KeySecret, PATIENCE, Sms, Unsent};
pub use sweep::{PHONE_DAYS, forget_old};
pub use token::{TOKEN_DAYS, mint};
pub use withdraw::withdraw;
