//! What the rest of the house tells this crate: which scopes there are and what they are called.

use std::pin::Pin;

use db::{Db, Result};
use kernel::Scope;
use uuid::Uuid;

/// A future in a box.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Names for scopes, words for the journal's verbs, addresses for its subjects. `app` provides
/// the real one, with [`configure`](crate::configure).
pub trait Directory: Send + Sync {
    /// Scopes on which roles may be granted, beside the city, in the order that a form offers.
    fn scopes<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, Result<Vec<(Scope, String)>>> {
        let _ = db;
        Box::pin(async { Ok(Vec::new()) })
    }
    /// The names of these scopes; one that is missing in the answer is shown by its id.
    fn names<'a>(
        &'a self,
        db: &'a Db,
        scopes: &'a [Scope],
    ) -> BoxFuture<'a, Result<Vec<(Scope, String)>>> {
        Box::pin(async move {
            let mut known = self.scopes(db).await?;
            known.retain(|(scope, _)| scopes.contains(scope));
            Ok(known)
        })
    }
    /// The verbs of the other domains, each with its Chinese words (`unit.changed`, `改了单位`).
    fn verbs(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }
    /// Where a journal entry's subject is shown, by the prefix of its id (`unt`), and the Chinese
    /// word for what it is.
    fn subject(&self, kind: &str, id: Uuid) -> Option<(String, &'static str)> {
        let _ = (kind, id);
        None
    }
}

/// A house that has no other rooms.
pub(crate) struct Empty;

impl Directory for Empty {}
