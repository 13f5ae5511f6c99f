//! What a funder may still have to pay for the vouchers of a batch that were given out. Claims of
//! one version of the terms are a range of numbers, so nobody reads all of them while claims wait.

use db::{Result, Tx};
use kernel::Fen;

use crate::{Batch, Terms, batch_numbers::of_version, store};

/// What a voucher of these terms may come to cost, where the next are given out at this face: it
/// may go back into the stock, and out again at the dearer of both.
fn worth(terms: &Terms, face: Fen) -> Fen {
    if terms.restock { terms.face.max(face) } else { terms.face }
}

/// What the claims that were given out may come to cost, if the next ones have this face; `None`
/// beyond all bounds. Of what expired or was taken back only what was spent remains.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn promised(tx: &mut Tx, batch: &Batch, face: Fen) -> Result<Option<Fen>> {
    let voided = store::expiry::voided(tx, batch.no).await?;
    let begun = store::expiry::begun(tx, batch.no).await?;
    let mut sum = Some(Fen(0));
    for one in store::batches::versions(tx, batch.no).await? {
        let numbers = of_version(tx, batch.no, batch.claimed, one.no).await?;
        let mut ended = voided.clone();
        ended.retain(|end| end.terms_version == one.no);
        if begun.contains(&one.no) {
            ended.push(store::expiry::expired(tx, batch.no, one.no, numbers).await?);
        }
        let alive = numbers.count() - ended.iter().map(|end| end.count).sum::<i64>();
        let spent = ended.iter().map(|end| end.spent.0).sum::<i64>();
        let cost = worth(&one.terms, face).checked_mul(alive);
        let cost = cost.and_then(|cost| cost.checked_add(Fen(spent)));
        sum = sum.zip(cost).and_then(|(sum, cost)| sum.checked_add(cost));
    }
    Ok(sum)
}
