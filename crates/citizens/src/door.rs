//! The doorman of the whole site: citizens by their token, everybody else by `people`'s door.
//!
//! A script sends the token after `Bearer`, a browser in a cookie. Whoever is signed in with an
//! account in the same browser is that account: a citizen's token does not take a clerk's pages
//! away.

use axum::http::{HeaderMap, header};
use futures_util::future::BoxFuture;
use kernel::{Actor, CitizenNo};
use people::FrontDoor;
use subtle::ConstantTimeEq as _;
use web::{Doorman, Refused, State, Visitor};

use crate::{
    Revoked,
    cookies::{Cookie, FormSecret},
    store::citizen as store,
    token::{Said, Signer},
};

/// The product's [`Doorman`].
pub struct Door {
    signer: Signer,
    forms: FormSecret,
    accounts: FrontDoor,
}

impl Door {
    /// Knows the tokens that this site signed.
    pub fn new(keys: &kernel::Keys) -> Self {
        let (signer, forms) = (Signer::new(keys), FormSecret::new(keys));
        Self { signer, forms, accounts: FrontDoor }
    }

    /// What a token says that is ours and young enough.
    fn said(&self, state: &State, token: &str) -> Option<Said> {
        let said = self.signer.read(token)?;
        said.is_fresh(state.clock().now()).then_some(said)
    }

    /// Whether the database still knows the token's citizen, and no sign-out since.
    async fn stands(&self, state: &State, said: Said) -> Result<bool, Refused> {
        if state.part::<Revoked>().has(said) {
            return Ok(false);
        }
        let mut tx = state.db().read().await?;
        let from = store::tokens_from(&mut tx, said.no).await?;
        Ok(from.is_some_and(|from| said.issued_at.as_second() >= from.as_second()))
    }

    async fn by_bearer(&self, state: &State, said: Said) -> Result<Visitor, Refused> {
        if self.stands(state, said).await? {
            return Ok(Visitor { actor: Actor::Citizen { no: said.no }, csrf: None, said: None });
        }
        Err(Refused::SignIn(Some(OVER)))
    }

    /// The citizen of the cookie, where nobody is signed in with an account.
    async fn by_cookie(
        &self,
        state: &State,
        token: &str,
        stranger: Visitor,
    ) -> Result<Visitor, Refused> {
        let Some(said) = self.said(state, token) else { return Ok(stranger) };
        if !self.stands(state, said).await? {
            return Ok(Visitor { said: Some(OVER), ..stranger });
        }
        let csrf = Some(self.forms.of(token));
        Ok(Visitor { actor: Actor::Citizen { no: said.no }, csrf, said: None })
    }
}

const OVER: &str = "这次登录已经结束。请用手机号重新登录。";

impl Doorman for Door {
    fn admit<'a>(
        &'a self,
        state: &'a State,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Visitor, Refused>> {
        Box::pin(async move {
            if let Some(said) = bearer(headers).and_then(|token| self.said(state, token)) {
                return self.by_bearer(state, said).await;
            }
            let visitor = self.accounts.admit(state, headers).await?;
            let cookie = Cookie::Token.read(state.site(), headers);
            match (cookie, &visitor.actor) {
                (Some(token), Actor::Anonymous) => self.by_cookie(state, &token, visitor).await,
                _ => Ok(visitor),
            }
        })
    }

    /// A cookie comes with whatever a browser is made to send, so it counts only beside the secret
    /// that our own pages know.
    fn citizen(&self, state: &State, headers: &HeaderMap) -> Option<CitizenNo> {
        let said = match bearer(headers) {
            Some(token) => self.said(state, token)?,
            None => {
                let sent = headers.get("x-csrf-token")?.to_str().ok()?;
                let token = Cookie::Token.read(state.site(), headers)?;
                let right = sent.as_bytes().ct_eq(self.forms.of(&token).as_bytes());
                bool::from(right).then(|| self.said(state, &token))??
            }
        };
        (!state.part::<Revoked>().has(said)).then_some(said.no)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, text) = sent.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(text)
}
