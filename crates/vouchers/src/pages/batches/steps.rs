//! What comes next with a batch, as one button, and where the buttons post to.

use axum::extract::Path;
use db::Tx;
use web::{Answer, Ask, Form};

use crate::{
    BatchError, BatchId, BatchState, approve_batch,
    batch_sight::BatchSight,
    close_batch, open_batch,
    pages::{
        batches::{funder_name, version_field},
        frame::{id_of, see},
    },
    store,
};

/// What comes next.
pub(crate) struct Next {
    /// In words, whoever does it.
    pub(crate) words: String,
    /// The reader's button: word, and the end of the address that it posts to.
    pub(crate) button: Option<(&'static str, &'static str)>,
    /// Whether the reader may change the terms.
    pub(crate) may_change: bool,
    /// Whether the reader may end it before its time.
    pub(crate) may_close: bool,
}

/// What comes next with a batch, and what of it is the reader's.
pub(crate) async fn next(ask: &Ask, tx: &mut Tx, sight: &BatchSight) -> Answer<Next> {
    let (batch, runs) = (&sight.batch, sight.runs);
    let own = match store::drafter(tx, batch.id).await? {
        drafter @ Some(_) => drafter == ask.cx.actor.account(),
        None => false,
    };
    let is_on = sight.campaign.state.takes_members();
    let (words, button) = match batch.state {
        BatchState::Draft if sight.funds && !own => {
            ("等你批准：看过规则，钱由你们出".to_owned(), Some(("批准这一批", "approvals")))
        }
        BatchState::Draft if sight.funds => {
            ("起草的人不能自己批准，等你们单位的另一位".to_owned(), None)
        }
        BatchState::Draft => {
            (format!("等 {} 批准", funder_name(&sight.campaign, batch.funder)), None)
        }
        BatchState::Approved if !is_on => ("等活动批准后才能开始发放".to_owned(), None),
        BatchState::Approved if runs => {
            let from = crate::pages::frame::moment(batch.terms.claim_from);
            let words = format!("已批准，可以开始发放；市民从 {from} 起能领");
            (words, Some(("开始发放", "openings")))
        }
        BatchState::Approved => ("等主办方开始发放".to_owned(), None),
        BatchState::Open if ask.cx.now >= batch.terms.claim_until => {
            let button = runs.then_some(("结束发放", "closures"));
            ("领取时间已过，可以结束发放；发出的券照样能用".to_owned(), button)
        }
        BatchState::Open if ask.cx.now < batch.terms.claim_from => {
            let from = crate::pages::frame::moment(batch.terms.claim_from);
            (format!("{from} 开始领，不用再做什么"), None)
        }
        BatchState::Open if batch.remaining() == 0 => {
            ("已领完；有人退回或作废时会再放出来".to_owned(), None)
        }
        BatchState::Open => ("正在发放，不用再做什么".to_owned(), None),
        BatchState::Closed => ("发放已结束，发出的券照样能用，用完再结算".to_owned(), None),
    };
    let main_closes = button.is_some_and(|(_, path)| path == "closures");
    Ok(Next {
        words,
        button,
        may_change: runs && batch.state != BatchState::Closed,
        may_close: runs && batch.state == BatchState::Open && !main_closes,
    })
}

async fn done(tx: Tx, id: BatchId, step: Result<(), BatchError>) -> Answer {
    step?;
    tx.commit().await?;
    Ok(see(format_args!("/voucher-batches/{id}")))
}

/// `POST /voucher-batches/{id}/approvals`
pub(crate) async fn approve(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    let step = approve_batch(&mut tx, &ask.cx, id, version_field(&form)).await;
    done(tx, id, step).await
}

/// `POST /voucher-batches/{id}/openings`
pub(crate) async fn open(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    let step = open_batch(&mut tx, &ask.cx, id, version_field(&form)).await;
    done(tx, id, step).await
}

/// `POST /voucher-batches/{id}/closures`
pub(crate) async fn close(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    let step = close_batch(&mut tx, &ask.cx, id, version_field(&form)).await;
    done(tx, id, step).await
}
