//! `GET /voucher-batches/{id}/events`: how many are given out and left, as it changes, at the desk.

use axum::{extract::Path, response::Response};
use web::{
    Answer, Ask, Refused,
    live::{Progress, follow},
};

use crate::{
    BatchState,
    pages::{
        batches::{batch_of, live_words},
        claiming::newest,
    },
};

/// Follows a batch that the reader sees.
pub(crate) async fn events(ask: Ask, Path(id): Path<String>) -> Answer<Response> {
    let mut tx = ask.db().read().await?;
    let id = batch_of(&ask, &mut tx, &id).await?.batch.id;
    drop(tx);
    let (state, lang) = (ask.state.clone(), ask.reader.lang);
    Ok(follow(move || {
        let state = state.clone();
        async move {
            let batch = newest(&state, id).await?.ok_or(Refused::NotFound)?;
            Ok(Progress {
                done: batch.terms.quantity - batch.remaining(),
                total: Some(batch.terms.quantity),
                phase: "left".into(),
                text: lang.say(&live_words(&batch)).into_owned(),
                // Over: the page reads itself again, and has no bar then.
                url: (batch.state == BatchState::Closed).then(String::new),
            })
        }
    }))
}
