//! Accounts, roles on scopes, sessions and API tokens: who somebody is and what they were granted.
//!
//! - **account** (账号): a person's way in. Its name is unique when folded; nobody is anybody by
//!   default, and the first administrator is made at the machine's own command line.
//! - **grant** (权限): one role on one scope, from when it was given until it is revoked. What a
//!   scope is called is told by the [`Directory`] that `app` provides: no place is known here.
//! - **session** (登录): a browser that signed in. It ends by itself when idle or old.
//! - **token** (令牌): a script that acts with the grants of its account, until a day.
//! - **one-time password** (一次性密码): one that an administrator has seen. It opens nothing but
//!   the choice of an own one.
//!
//! Invariants:
//! - A secret is stored as a hash alone, and stands in no journal entry, log or kept answer.
//! - Every refused sign-in says the same words and costs the same work, whoever asks.
//! - Whatever is revoked or disabled is so for the very next request: nothing is cached.
//! - There is always one enabled account that administers the whole city, once there was one.
//! - Nobody changes their own grants.
//! - Every journal entry of this crate is on the account that it is about.

mod account;
mod change_password;
mod cookies;
mod create_account;
mod create_token;
mod directory;
mod disable_account;
mod end_session;
mod front_door;
mod give_grant;
mod grant;
mod known;
mod pages;
mod password;
mod policy;
mod reset_password;
mod revoke_grant;
mod revoke_token;
mod routes;
mod rules;
mod secret;
mod session;
mod sign_in;
mod store;
mod sweep;
mod token;
mod tries;
mod unlock_account;

pub use account::{Account, AccountState};
pub use change_password::ChangePasswordRefused;
pub use create_account::{CreateAccountRefused, NewAccount, create_account};
pub use create_token::{CreateTokenRefused, NewToken, create_token};
pub use directory::{BoxFuture, Directory};
pub use disable_account::{DisableRefused, disable_account, enable_account};
pub use end_session::{EndSessionRefused, end_session, sign_out};
pub use front_door::FrontDoor;
pub use give_grant::{GrantRefused, grant};
pub use grant::{GrantId, HeldGrant, Holder};
pub use password::{Cost, NewPassword, PasswordRefused, PasswordRules, Weakness};
pub use policy::Denied;
pub use reset_password::{ResetRefused, reset_password};
pub use revoke_grant::{RevokeGrantRefused, revoke_grant};
pub use revoke_token::{RevokeTokenRefused, revoke_token};
pub use routes::routes;
pub use rules::{Rules, Settings, configure, settings};
pub use session::{EndReason, Session, SessionId, SessionRules};
pub use sign_in::{Attempt, Opened, SignInRefused, sign_in};
pub use store::account::{find_account_by_name, get as find_account, page as list_accounts};
pub use store::grant::{actor_of, holders_of, of_account as grants_of};
pub use sweep::{forget_addresses, forget_old};
pub use token::{IssuedToken, Token};
pub use tries::AddressRules;
pub use unlock_account::{UnlockRefused, unlock_account};
