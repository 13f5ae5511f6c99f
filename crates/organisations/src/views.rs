//! Saved views: a list's conditions and order under a name, for the account that saved them.

use axum::{
    extract::Path,
    response::{IntoResponse as _, Redirect},
};
use db::{Result, Row, Tx, args, sql};
use kernel::{actor::AccountId, id_kind};
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{
    api::Asked,
    filter::{BadField, Filter},
    list::Sort,
    pages,
};

id_kind!(ViewKind, ViewId, "viw");

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Which.
    pub id: ViewId,
    /// Its name, unique for its account.
    pub name: String,
    /// The list's query, without `?`.
    pub query: String,
}

/// The longest name, in characters: it has to stand in a tab.
pub const NAME_LIMIT: usize = 16;
/// The most views of one account: more tabs than this help nobody.
pub const VIEW_LIMIT: usize = 12;

impl View {
    /// Its conditions.
    pub fn filter(&self) -> std::result::Result<Filter, BadField> {
        Asked::new(Some(&self.query)).filter()
    }
    /// The list that it shows.
    pub fn href(&self) -> String {
        if self.query.is_empty() { "/units".to_owned() } else { format!("/units?{}", self.query) }
    }
}

fn view(row: &Row) -> Result<View> {
    Ok(View { id: row.get(0)?, name: row.get(1)?, query: row.get(2)? })
}

/// The views of an account, in the order in which they were saved.
pub async fn of(tx: &mut Tx, account: AccountId) -> Result<Vec<View>> {
    let select =
        sql!("SELECT id, name, query FROM saved_view WHERE account_id = $1 ORDER BY sort_no, id");
    tx.all(select, args![account], view).await
}

/// The part of a query that a view keeps: conditions and order, in their usual order, and nothing
/// of where the reader had scrolled to.
pub fn kept_query(query: &str) -> std::result::Result<String, BadField> {
    let asked = Asked::new(Some(query));
    let filter = asked.filter()?;
    let sort: Option<Sort> = asked.parsed("sort")?;
    let address = pages::address(&filter, sort);
    Ok(address.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default())
}

/// `POST /views`
pub(crate) async fn save(ask: Ask, form: Form) -> Answer {
    let account = ask.cx.actor.account().ok_or(Refused::Forbidden)?;
    let query = kept_query(form.get("query"))?;
    let mut errors = FieldErrors::new();
    let name = form.required("name", &mut errors);
    if name.chars().count() > NAME_LIMIT {
        errors.add("name", "名字太长，最多 16 个字");
    }
    let mut tx = ask.db().write().await?;
    let known = of(&mut tx, account).await?;
    if known.len() >= VIEW_LIMIT {
        errors.add("name", "已经存了 12 个视图，请先删去一个");
    }
    if errors.is_empty() {
        let insert = sql!(
            "INSERT INTO saved_view (id, account_id, name, query, sort_no) \
             SELECT $1, $2, $3, $4, COALESCE(MAX(sort_no), 0) + 1 FROM saved_view \
             WHERE account_id = $2 ON CONFLICT (account_id, name) DO NOTHING"
        );
        let id: ViewId = ask.cx.new_id();
        if tx.run(insert, args![id, account, &name, &query]).await? == 0 {
            errors.add("name", "已经有叫这个名字的视图，请换一个");
        }
    }
    if !errors.is_empty() {
        drop(tx);
        return pages::new_view::again(&ask, form, errors);
    }
    tx.commit().await?;
    let view = View { id: ask.cx.new_id(), name, query };
    Ok(Redirect::to(&view.href()).into_response())
}

/// `POST /views/{id}/removal`: one's own, and nobody else's.
pub(crate) async fn remove(ask: Ask, Path(id): Path<String>) -> Answer {
    let account = ask.cx.actor.account().ok_or(Refused::Forbidden)?;
    let id: ViewId = id.parse().map_err(|_| Refused::NotFound)?;
    let mut tx = ask.db().write().await?;
    let known = of(&mut tx, account).await?;
    let view = known.into_iter().find(|view| view.id == id).ok_or(Refused::NotFound)?;
    let delete = sql!("DELETE FROM saved_view WHERE id = $1 AND account_id = $2");
    tx.run(delete, args![id, account]).await?;
    tx.commit().await?;
    Ok(Redirect::to(&view.href()).into_response())
}
