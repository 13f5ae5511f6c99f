//! Ids, time, money, codes, `Actor` and `Cx`: the words that every room shares. No I/O.
//!
//! Everything here is pure: the current time and randomness come in from outside, through [`Cx`].

pub mod actor;
pub mod code;
pub mod cx;
pub mod fold;
pub mod hex;
pub mod id;
pub mod keys;
pub mod loose_date;
pub mod mask;
pub mod money;
pub mod nearest;
pub mod phone;
pub mod rate;
pub mod search_tokens;
pub mod time;
pub mod uscc;

pub use actor::{Actor, CitizenNo, Grant, Role, Scope};
pub use code::Code;
pub use cx::{Clock, Cx, Rng};
pub use fold::{fold, fold_name};
pub use hex::hex;
pub use id::{Id, Kind};
pub use jiff::{Timestamp, civil::Date};
pub use keys::{KeyedHash, Keys};
pub use loose_date::{DateError, LooseDate, Month, as_of_in_title};
pub use mask::{mask_middle, mask_name};
pub use money::{Fen, MoneyError};
pub use nearest::nearest;
pub use phone::{Phone, PhoneError};
pub use rate::{Rate, Tenths, points_between};
pub use search_tokens::{Folded, QueryTokens, index_tokens, query_tokens};
pub use uscc::{Uscc, UsccError};
