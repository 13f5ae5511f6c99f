//! The doorman of the whole site: citizens by their token, everybody else by `people`'s door.

use axum::http::{HeaderMap, header};
use futures_util::future::BoxFuture;
use kernel::{Actor, CitizenNo};
use people::FrontDoor;
use web::{Doorman, Refused, State, Visitor};

use crate::{Revoked, store, token::{Said, Signer}};

/// The product's [`Doorman`].
pub struct Door {
    signer: Signer,
    accounts: FrontDoor,
}

impl Door {
    /// Knows the tokens that this site signed.
    pub fn new(keys: &kernel::Keys) -> Self {
        Self { signer: Signer::new(keys), accounts: FrontDoor }
    }

    fn said(&self, state: &State, headers: &HeaderMap) -> Option<Said> {
        let said = self.signer.read(bearer(headers)?)?;
        said.is_fresh(state.clock().now()).then_some(said)
    }

    async fn citizen_of(&self, state: &State, said: Said) -> Result<Visitor, Refused> {
        let mut tx = state.db().read().await?;
        let from = store::tokens_from(&mut tx, said.no).await?;
        if from.is_none_or(|from| said.issued_at.as_second() < from.as_second()) {
            return Err(Refused::SignIn(Some("这次登录已经结束。请用手机号重新登录。")));
        }
        Ok(Visitor { actor: Actor::Citizen { no: said.no }, csrf: None, said: None })
    }
}

impl Doorman for Door {
    fn admit<'a>(
        &'a self,
        state: &'a State,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Visitor, Refused>> {
        Box::pin(async move {
            match self.said(state, headers) {
                Some(said) => self.citizen_of(state, said).await,
                None => self.accounts.admit(state, headers).await,
            }
        })
    }

    fn citizen(&self, state: &State, headers: &HeaderMap) -> Option<CitizenNo> {
        let said = self.said(state, headers)?;
        (!state.part::<Revoked>().has(said)).then_some(said.no)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, text) = sent.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(text)
}
