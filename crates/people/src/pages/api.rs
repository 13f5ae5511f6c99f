//! The API of one's own account: who a script is, and its tokens.

use axum::{
    Json,
    extract::{Path, State as FromState},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use kernel::{
    Actor, Role,
    actor::{AccountId, ScopeKind, TokenId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::{Answer, Ask, Refused, State, gate::ShownOnce};

use crate::{
    create_token::{CreateTokenRefused, NewToken, create_token},
    revoke_token::revoke_token,
    store,
};

/// Who a script acts as.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Me {
    /// The account.
    account: AccountId,
    /// Its person's name.
    name: String,
    /// The token that was used, when one was.
    token: Option<TokenId>,
    /// What was granted.
    grants: Vec<MyGrant>,
}

/// One role on one scope.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MyGrant {
    role: Role,
    scope: ScopeKind,
    /// Which one of its kind; nothing for the city.
    #[schemars(with = "Option<String>")]
    scope_id: Option<Uuid>,
}

/// `GET /api/v1/me`
pub(crate) async fn me(ask: Ask) -> Answer<Json<Me>> {
    let Actor::Account { id, name, grants, token } = &ask.cx.actor else {
        return Err(Refused::SignIn(None));
    };
    let grants = grants.iter().map(|grant| MyGrant {
        role: grant.role,
        scope: grant.scope.kind,
        scope_id: grant.scope.id,
    });
    let (account, name) = (*id, name.to_string());
    Ok(Json(Me { account, name, token: *token, grants: grants.collect() }))
}

/// The tokens of one's account that are in force.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MyTokens {
    items: Vec<MyToken>,
}

/// A token in force.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MyToken {
    id: TokenId,
    name: String,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; refused from then on.
    expires_at: String,
    /// The last day on which it was used, YYYY-MM-DD.
    last_used_on: Option<String>,
}

/// `GET /api/v1/tokens`
pub(crate) async fn tokens(ask: Ask) -> Answer<Json<MyTokens>> {
    let account = ask.cx.actor.account().ok_or(Refused::SignIn(None))?;
    let mut tx = ask.db().read().await?;
    let tokens = store::token::of_account(&mut tx, account, ask.cx.now).await?;
    let items = tokens.into_iter().map(|token| MyToken {
        id: token.id,
        name: token.name,
        created_at: token.created_at.to_string(),
        expires_at: token.expires_at.to_string(),
        last_used_on: token.last_used_on.map(|on| on.to_string()),
    });
    Ok(Json(MyTokens { items: items.collect() }))
}

/// A token to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskedToken {
    /// What its person calls it.
    #[schemars(length(min = 1, max = 80))]
    name: String,
    /// How many days it lives.
    #[schemars(range(min = 1, max = 366))]
    days: i64,
}

/// A token that was just made.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MadeToken {
    id: TokenId,
    /// Goes after `Authorization: Bearer `. It is not shown again.
    token: String,
    /// RFC 3339; refused from then on. Never later than the token that asked for it.
    expires_at: String,
}

/// `POST /api/v1/tokens`
pub(crate) async fn make_token(ask: Ask, Json(asked): Json<AskedToken>) -> Answer {
    let account = ask.cx.actor.account().ok_or(Refused::SignIn(None))?;
    // As sent, before anything is trimmed off: what the document says of it holds to the letter.
    if asked.name.chars().count() > 80 {
        return Err(CreateTokenRefused::Name.into());
    }
    let mut tx = ask.db().write().await?;
    let new = NewToken { account, name: asked.name, days: asked.days };
    let issued = create_token(&mut tx, &ask.cx, new).await?;
    tx.commit().await?;
    let made =
        MadeToken { id: issued.id, token: issued.text, expires_at: issued.expires_at.to_string() };
    Ok(shown_once((StatusCode::CREATED, Json(made)).into_response()))
}

/// Marks an answer that holds a secret: it is not kept for a repeated key.
pub(crate) fn shown_once(mut response: Response) -> Response {
    response.extensions_mut().insert(ShownOnce);
    response
}

/// `DELETE /api/v1/tokens/{id}`
pub(crate) async fn drop_token(
    ask: Ask,
    FromState(state): FromState<State>,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    let account = ask.cx.actor.account().ok_or(Refused::SignIn(None))?;
    let id = id.parse().map_err(|_| Refused::NotFound)?;
    let mut tx = state.db().write().await?;
    revoke_token(&mut tx, &ask.cx, account, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
