//! A file is laid beside a record; the same bytes are kept once.

use std::fmt::Write as _;

use db::{
    Entry, Tx,
    file::{self, FileId},
};
use kernel::Cx;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{Reading, SaleError, SaleId, hand_in_sale::visible_sale, policy, store};

/// The largest file, in bytes.
pub const EVIDENCE_LIMIT: usize = 20 << 20;

/// Lays a file beside a record.
pub async fn lay_evidence(
    tx: &mut Tx,
    cx: &Cx,
    sale: SaleId,
    (name, bytes): (&str, &[u8]),
) -> Result<FileId, SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let found = visible_sale(tx, &reading, sale).await?;
    let permit = policy::lay(&cx.actor, &reading, &found)?;
    if bytes.is_empty() || bytes.len() > EVIDENCE_LIMIT {
        return Err(SaleError::field("file", "凭证要有内容，不超过 20 MB"));
    }
    let sha256 = Sha256::digest(bytes).to_vec();
    let kept = match store::evidence_file(tx, &sha256).await? {
        Some(file) => file,
        None => file::keep(tx, cx, name, bytes).await?,
    };
    if !store::insert_evidence(tx, cx, &permit, (sale, kept), &sha256).await? {
        return Err(SaleError::FileKnown);
    }
    let told = json!({ "name": name, "sha256": hex(&sha256) });
    tx.journal(cx, Entry::on("sale.evidence_laid", sale).detail(&told));
    Ok(kept)
}

/// A hash as people compare it.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
