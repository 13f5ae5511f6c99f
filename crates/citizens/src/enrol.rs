//! Verified phones become citizens, or are known as the citizens that they are.

use db::{Entry, Fault, Tx};
use kernel::{CitizenNo, Cx, Keys, Phone};
use serde_json::json;

use crate::{CONSENT_VERSION, sealed::Sealer, store::citizen as store};

/// Makes citizens of these phones, all verified now, with the consent of now; answers their
/// numbers in the order of the phones. A phone that is known keeps its number. As a set: a campaign
/// brings many in one second, and a trial a million.
pub async fn enrol(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    phones: &[Phone],
) -> Result<Vec<CitizenNo>, Fault> {
    let sealer = Sealer::new(keys);
    let hashes: Vec<Vec<u8>> = phones.iter().map(|phone| sealer.hash(phone)).collect();
    let before = store::numbers(tx, &hashes).await?;
    let mut fresh = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (phone, hash) in phones.iter().zip(&hashes) {
        if !before.contains_key(hash) && seen.insert(hash) {
            fresh.push((hash.clone(), sealer.seal(cx, phone)?));
        }
    }
    let new = fresh.len();
    if new > 0 {
        store::insert(tx, cx.now, CONSENT_VERSION, fresh).await?;
        let told = json!({ "citizens": new, "consent": CONSENT_VERSION });
        tx.journal(cx, Entry::of("citizen.enrolled").detail(&told));
    }
    if new < phones.len() {
        store::verified_again(tx, cx.now, CONSENT_VERSION, &hashes).await?;
    }
    let now = store::numbers(tx, &hashes).await?;
    hashes
        .iter()
        .map(|hash| now.get(hash).copied())
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Fault::Invariant("a phone was enrolled and has no number".into()))
}
