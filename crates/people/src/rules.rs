//! The crate's settings: how strict the door is, and the directory of the house.

use std::sync::{Arc, OnceLock};

use kernel::Cx;
use web::State;

use crate::{
    directory::{Directory, Empty},
    password::{Cost, Hasher, NewPassword, PasswordRefused, PasswordRules, one_time_text},
    session::SessionRules,
    tries::AddressRules,
};

/// How strict the door is.
#[derive(Clone)]
pub struct Rules {
    /// Of passwords.
    pub password: PasswordRules,
    /// Of sessions and locks.
    pub session: SessionRules,
    /// Of failures from one address.
    pub address: AddressRules,
    pub(crate) hasher: Hasher,
}

impl Default for Rules {
    fn default() -> Self {
        Self::new(PasswordRules::default(), SessionRules::default())
    }
}

impl Rules {
    /// These rules.
    pub fn new(password: PasswordRules, session: SessionRules) -> Self {
        let hasher = Hasher::new(password.cost);
        Self { password, session, address: AddressRules::default(), hasher }
    }
    /// As strict as usual, but with hashes that protect nothing: for tests and generated cities.
    pub fn cheap() -> Self {
        let password = PasswordRules { cost: Cost::CHEAP, ..PasswordRules::default() };
        Self::new(password, SessionRules::default())
    }
    /// Checks and hashes a password that its person chose.
    pub async fn new_password(
        &self,
        cx: &Cx,
        name: &str,
        password: &str,
    ) -> Result<NewPassword, PasswordRefused> {
        self.password.check(name, password)?;
        let hash = self.hasher.hash(cx, password).await?;
        Ok(NewPassword { hash, one_time_until: None })
    }
    /// Makes a password that is shown once, and only serves to choose an own one.
    pub async fn one_time_password(&self, cx: &Cx) -> db::Result<(String, NewPassword)> {
        let text = one_time_text(cx);
        let hash = self.hasher.hash(cx, &text).await?;
        let one_time_until = Some(cx.now + self.password.one_time_for);
        Ok((text, NewPassword { hash, one_time_until }))
    }
}

/// What the crate is told when the site starts.
#[derive(Clone)]
pub struct Settings {
    /// How strict the door is.
    pub rules: Rules,
    /// Names of the house's scopes.
    pub directory: Arc<dyn Directory>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { rules: Rules::default(), directory: Arc::new(Empty) }
    }
}

#[derive(Default)]
struct Told(OnceLock<Settings>);

/// Tells the crate its settings, once, before the first request. Answers whether it was in time:
/// after the first use the settings stay as they were.
pub fn configure(state: &State, settings: Settings) -> bool {
    state.part::<Told>().0.set(settings).is_ok()
}

/// The settings of this site; the strict ones when it was told none.
pub fn settings(state: &State) -> Settings {
    state.part::<Told>().0.get_or_init(Settings::default).clone()
}
